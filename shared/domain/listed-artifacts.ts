import { LIMITS } from '../limits.ts';

/** What a record says of stored files: the first of them, and how many there are. */
export interface ListedArtifacts {
  artifacts: string[];
  artifact_count: number;
}

/** No files. */
export const NO_ARTIFACTS: ListedArtifacts = { artifacts: [], artifact_count: 0 };

/**
 * The first LIMITS.artifactsListed of the files that `of` names, and how many there are in all. Without a count, as older
 * workers, histories and states have it, `of` names them all.
 */
export function listArtifacts(of: { artifacts: string[]; artifact_count?: number | undefined }): ListedArtifacts {
  const { artifacts, artifact_count = artifacts.length } = of;
  const isShort = artifacts.length <= LIMITS.artifactsListed;
  return { artifacts: isShort ? artifacts : artifacts.slice(0, LIMITS.artifactsListed), artifact_count };
}

/** The first files of all these records in their order, and how many all have together. */
export function sumArtifacts(
  records: Iterable<{ artifacts?: string[] | undefined; artifact_count?: number | undefined }>,
): ListedArtifacts {
  const listed: ListedArtifacts = { artifacts: [], artifact_count: 0 };
  for (const { artifacts = [], artifact_count = artifacts.length } of records) {
    const room = LIMITS.artifactsListed - listed.artifacts.length;
    if (room > 0 && artifacts.length > 0) listed.artifacts.push(...artifacts.slice(0, room));
    listed.artifact_count += artifact_count;
  }
  return listed;
}
