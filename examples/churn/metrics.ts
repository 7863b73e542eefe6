export interface Scored {
  probability: number;
  churned: boolean;
}

export interface Metrics {
  auc: number;
  precision: number;
  recall: number;
  f1: number;
  confusion: { true_positives: number; false_positives: number; false_negatives: number; true_negatives: number };
}

/** Metrics of predictions, where a probability of at least `threshold` counts as "will leave". */
export function measure(scored: readonly Scored[], threshold: number): Metrics {
  const count = (predicted: boolean, churned: boolean) =>
    scored.filter((one) => one.probability >= threshold === predicted && one.churned === churned).length;
  const [truePositives, falsePositives, falseNegatives] = [count(true, true), count(true, false), count(false, true)];
  return {
    auc: areaUnderCurve(rocCurve(scored)),
    precision: ratio(truePositives, truePositives + falsePositives),
    recall: ratio(truePositives, truePositives + falseNegatives),
    f1: ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives),
    confusion: {
      true_positives: truePositives,
      false_positives: falsePositives,
      false_negatives: falseNegatives,
      true_negatives: count(false, false),
    },
  };
}

/** Points (false positive rate, true positive rate) for every threshold, from (0, 0) to (1, 1). */
export function rocCurve(scored: readonly Scored[]): [x: number, y: number][] {
  const positives = scored.filter(({ churned }) => churned).length;
  const negatives = scored.length - positives;
  const descending = scored.toSorted((a, b) => b.probability - a.probability);
  const points: [number, number][] = [[0, 0]];
  let [falsePositives, truePositives] = [0, 0];
  for (const [index, { probability, churned }] of descending.entries()) {
    if (churned) truePositives++;
    else falsePositives++;
    // Equal probabilities cross the threshold together.
    if (descending[index + 1]?.probability !== probability)
      points.push([ratio(falsePositives, negatives), ratio(truePositives, positives)]);
  }
  return points;
}

/** Trapezoids under the curve. */
export function areaUnderCurve(points: readonly [x: number, y: number][]): number {
  return points.reduce((area, [x, y], index) => {
    const [earlierX, earlierY] = points[index - 1] ?? [0, 0];
    return area + ((x - earlierX) * (y + earlierY)) / 2;
  }, 0);
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
