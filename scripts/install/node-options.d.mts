/** What of a NODE_OPTIONS is passed on to the processes of this project, and what is not. */
export function splitNodeOptions(text: string): { kept: string; left: string };
