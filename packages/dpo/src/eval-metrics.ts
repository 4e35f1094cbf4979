/** Metrics by the names that they have in an evaluation: `eval_loss`, `eval_rewards/chosen`, … */
export function evalMetrics(metrics: object): Record<string, number> {
  const entries = Object.entries(metrics) as [string, number][];
  return Object.fromEntries(entries.map(([name, value]) => [`eval_${name}`, value]));
}
