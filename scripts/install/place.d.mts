/** The checkout. */
export declare const ROOT: string;
/** The tools that npm installs, the project's Node among them. */
export declare const BIN: string;
