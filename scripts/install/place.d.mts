/** The checkout. */
export const ROOT: string;
/** The tools that npm installs, the project's Node among them. */
export const BIN: string;
