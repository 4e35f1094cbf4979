/** Nodes by name, each with the names that it points to. */
export type Graph = ReadonlyMap<string, readonly string[]>;

/** The first cycle found, as the names along it with the first one repeated at the end; undefined when there is none. */
export function findCycle(graph: Graph): readonly string[] | undefined {
  const finished = new Set<string>();

  const visit = (node: string, path: readonly string[]): readonly string[] | undefined => {
    if (finished.has(node)) return undefined;
    const start = path.indexOf(node);
    if (start >= 0) return [...path.slice(start), node];
    for (const next of graph.get(node) ?? []) {
      const cycle = visit(next, [...path, node]);
      if (cycle) return cycle;
    }
    finished.add(node);
    return undefined;
  };

  for (const node of graph.keys()) {
    const cycle = visit(node, []);
    if (cycle) return cycle;
  }
  return undefined;
}
