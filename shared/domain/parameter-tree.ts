import type { ParameterRead } from './expression-parameters.ts';

/** The names below `parameters` that are read, by level. */
export interface ParameterTree {
  /** Whether the value here is read as it is, or by a computed key: then all below it is. */
  whole: boolean;
  members: ReadonlyMap<string, ParameterTree>;
}

interface GrowingTree extends ParameterTree {
  members: Map<string, GrowingTree>;
}

const emptyTree = (): GrowingTree => ({ whole: false, members: new Map() });

/** What all of these reads together read. */
export function parameterTree(reads: readonly ParameterRead[]): ParameterTree {
  const root = emptyTree();
  for (const { names, needed } of reads) {
    let node = root;
    for (const name of names) {
      const member = node.members.get(name) ?? emptyTree();
      node.members.set(name, member);
      node = member;
    }
    // To ask whether something is there reads no more than its name.
    if (needed === names.length) node.whole = true;
  }
  return root;
}
