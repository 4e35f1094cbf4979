import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../workspace/read-packages.ts';
import { siteLink } from './site-link.ts';

const sources = 'https://example.org/someone/bezoar/blob/main';
const from = (file: string) => ({ from: join(root, file), sources });

describe('siteLink', () => {
  it.each([
    ['sft.md#packing', 'docs/dpo.md', '/sft.md#packing'],
    ['../llm.md', 'docs/datagen/lamini.md', '/llm.md'],
    ['../../docs/publish.md', 'packages/bezoar/README.md', '/publish.md'],
    ['../backend-cpu', 'packages/backend-cpu-linux-x64/README.md', '/packages/backend-cpu.md'],
    ['../../packages/llm/README.md', 'docs/how-to/add-a-task.md', '/packages/llm.md'],
    ['AGENTS.md', 'CONTRIBUTING.md', `${sources}/AGENTS.md`],
    ['../packages/llm/src/chat-model.ts', 'docs/llm.md', `${sources}/packages/llm/src/chat-model.ts`],
    ['../bench/results', 'docs/backends.md', 'https://example.org/someone/bezoar/tree/main/bench/results'],
    ['#packing', 'docs/sft.md', '#packing'],
    ['https://arxiv.org/abs/2404.12195', 'docs/sft.md', 'https://arxiv.org/abs/2404.12195'],
  ])('turns %s in %s into %s', (link, file, expected) => {
    expect(siteLink(link, from(file))).toBe(expected);
  });

  it('leaves a link to nothing for the check of dead links', () => {
    expect(siteLink('no-such-file.ts', from('docs/sft.md'))).toBe('no-such-file.ts');
  });

  it('has no place for files that are no page when it is not told one', () => {
    expect(siteLink('../LICENSE', { from: join(root, 'docs/sft.md') })).toBeUndefined();
  });
});
