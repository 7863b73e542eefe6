import csv

import numpy as np

NOT_FEATURES = {"customer_id", "split", "churned"}


def read(path, split):
    """Features as a matrix, outcomes as a vector, and the features' names, of one split of the training set."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == split]
    names = [name for name in rows[0] if name not in NOT_FEATURES]
    features = np.array([[float(row[name]) for name in names] for row in rows])
    return features, np.array([int(row["churned"]) for row in rows]), names
