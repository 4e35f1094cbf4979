import type { GroupReport, TaskReport } from '../report/evaluation-report.ts';
import { tasksOfGroup, type TaskGroup } from '../tasks/task-group.ts';
import type { MetricScore } from './summarize.ts';

/** A group's scores from those of its tasks; undefined when not all of them have been evaluated. */
export function aggregateGroup(
  group: TaskGroup,
  { tasks, groups }: { readonly tasks: readonly TaskReport[]; readonly groups: readonly TaskGroup[] },
): GroupReport | undefined {
  const names = tasksOfGroup(group, groups);
  const reports = names.flatMap((name) => tasks.filter(({ task }) => task.name === name));
  if (reports.length !== names.length) return undefined;
  const keys = new Map(
    reports
      .flatMap(({ scores }) => scores)
      .filter(({ metric }) => group.metrics.includes(metric))
      .map(({ metric, filter }) => [`${metric},${filter}`, { metric, filter }]),
  );
  const scores = [...keys.values()].map((key) => {
    const members = reports.flatMap((report) =>
      report.scores.filter((score) => score.metric === key.metric && score.filter === key.filter),
    );
    return pool(members, group.weightBySize ?? true);
  });
  return { group, tasks: names, scores };
}

/**
 * The mean over all documents, or over the tasks. Its error by documents: the square root of
 * Σ (n−1)·n·stderr² / (Σ n − number of tasks) / Σ n, which pools the variances inside the tasks (as the harness does).
 */
function pool(members: readonly MetricScore[], weightBySize: boolean): MetricScore {
  const { metric, filter } = members[0]!;
  const n = members.reduce((sum, each) => sum + each.n, 0);
  const weights = members.map((each) => (weightBySize ? each.n : 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const value = members.reduce((sum, each, index) => sum + each.value * weights[index]!, 0) / total;
  const stderr = weightBySize
    ? Math.sqrt(
        members.reduce((sum, each) => sum + (each.n - 1) * each.n * each.stderr ** 2, 0) /
          (n - members.length) /
          n,
      )
    : Math.sqrt(members.reduce((sum, each) => sum + each.stderr ** 2, 0)) / members.length;
  const half = 1.959963984540054 * stderr;
  return { metric, filter, value, stderr, interval: [value - half, value + half], n };
}
