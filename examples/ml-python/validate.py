import joblib
import wf
from sklearn.metrics import confusion_matrix, f1_score, precision_score, recall_score, roc_auc_score

import training_set


def validate(input):
    """Measures the model that is best in cross-validation on customers that no model has seen; refuses one that is not good enough."""
    best = max(input["candidates"], key=lambda candidate: candidate["cross_validated_auc"])
    model = joblib.load(wf.files[best["algorithm"]])
    features, churned, _ = training_set.read(wf.files["training_set"], "holdout")
    probability = model.predict_proba(features)[:, 1]
    predicted = probability >= input["decision_threshold"]

    metrics = {
        "auc": roc_auc_score(churned, probability),
        "precision": precision_score(churned, predicted, zero_division=0),
        "recall": recall_score(churned, predicted),
        "f1": f1_score(churned, predicted),
    }
    gate = input["quality_gate"]
    for metric, minimum in gate.items():
        passed = metrics[metric] >= minimum
        wf.log(f"{metric} {metrics[metric]:.4f} {'reaches' if passed else 'is below'} {minimum}", level="INFO" if passed else "WARN")
    failed = [f"{metric} is {metrics[metric]:.4f}, at least {minimum} is required" for metric, minimum in gate.items() if metrics[metric] < minimum]
    if failed:
        raise wf.Failure("QUALITY_GATE_FAILED", "; ".join(failed), retryable=False, details={"metrics": metrics})

    names = ["true_negatives", "false_positives", "false_negatives", "true_positives"]
    return {
        "passed": True,
        "algorithm": best["algorithm"],
        "model": best["model"],
        "holdout_rows": len(churned),
        "metrics": metrics,
        "confusion": dict(zip(names, confusion_matrix(churned, predicted).ravel())),
    }
