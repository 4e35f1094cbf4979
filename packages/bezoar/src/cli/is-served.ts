/** Whether a flag names a model behind an API, `openai:gpt-4o-mini` and the like, and no folder. */
export function isServed(model: string): boolean {
  return /^(openai|anthropic|script):/.test(model);
}
