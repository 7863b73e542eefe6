import joblib
import wf
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_score

import training_set

ALGORITHMS = {
    "gradient_boosting": HistGradientBoostingClassifier,
    "random_forest": RandomForestClassifier,
}


def train(input):
    """Trains one model on the training split alone, and says how good it is by cross-validation within that split."""
    features, churned, names = training_set.read(wf.files["training_set"], "train")
    algorithm = input["algorithm"]
    # One seed for all that is random: equal data make an equal model.
    model = ALGORITHMS[algorithm](**input["hyperparameters"], random_state=input["seed"])

    wf.log(f"Training {algorithm} on {len(churned)} customers with {len(names)} features")
    wf.progress(10, "Cross-validation")
    folds = StratifiedKFold(n_splits=5, shuffle=True, random_state=input["seed"])
    scores = cross_val_score(model, features, churned, scoring="roc_auc", cv=folds)

    wf.progress(80, "Fitting the model")
    model.fit(features, churned)
    joblib.dump(model, "model.joblib")
    return {
        "algorithm": algorithm,
        "hyperparameters": input["hyperparameters"],
        "training_rows": len(churned),
        "cross_validated_auc": scores.mean(),
        "model": wf.artifact("model.joblib"),
    }
