/** Tasks whose scores are reported as one. */
export interface TaskGroup {
  readonly name: string;
  /** What tables call it; the name by default. */
  readonly alias?: string;
  readonly version?: number;
  /** Names of its tasks, or of groups: their tasks count as its own. */
  readonly members: readonly string[];
  /** Whether a task counts by its number of documents, or all count alike. True by default. */
  readonly weightBySize?: boolean;
  /** What is reported of the group. */
  readonly metrics: readonly string[];
}

/** The names of all tasks of a group, those of groups in it included. */
export function tasksOfGroup(group: TaskGroup, groups: readonly TaskGroup[]): string[] {
  return group.members.flatMap((name) => {
    const inner = groups.find((each) => each.name === name);
    return inner === undefined ? [name] : tasksOfGroup(inner, groups);
  });
}
