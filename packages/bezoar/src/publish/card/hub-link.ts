/** A link to something on the Hub, in Markdown. */
export function hubLink(name: string, type: 'model' | 'dataset' = 'model'): string {
  return `[${name}](https://huggingface.co/${type === 'dataset' ? 'datasets/' : ''}${name})`;
}
