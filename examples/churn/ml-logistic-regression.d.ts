/** The part of the library that the example uses; it ships no types. */
declare module 'ml-logistic-regression' {
  import type { Matrix } from 'ml-matrix';

  export default class LogisticRegression {
    constructor(options: { numSteps: number; learningRate: number });
    train(features: Matrix, classes: Matrix): void;
    /** One classifier per class; that of class 0 gives the odds of every other class. */
    classifiers: { weights: Matrix }[];
  }
}
