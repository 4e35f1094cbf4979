import type { HubServerFault, HubServerRequest } from '@bezoar/hub/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { releaseRun, type ReleaseRun } from '../__fixtures__/release-run.ts';

let run: ReleaseRun;
beforeAll(async () => {
  run = await releaseRun();
}, 120_000);
afterAll(() => run.close());

interface Place {
  readonly where: string;
  /** Every case has an organisation of its own. */
  readonly org: string;
  readonly fits: (request: HubServerRequest) => boolean;
  readonly fault: HubServerFault;
}

const places: readonly Place[] = [
  {
    where: 'while it uploads the second model',
    org: 'first',
    fits: ({ host, method }) => host === 'storage' && method === 'PUT' && uploads().length === 3,
    fault: { upTo: 1000, then: 'silence' },
  },
  {
    where: 'before the answer to a commit',
    org: 'second',
    fits: ({ path }) => path.includes('/models/second/First/commit/'),
    fault: { after: 1, then: 'silence' },
  },
  {
    where: 'before it tags a commit',
    org: 'third',
    fits: ({ path }) => path.includes('/models/third/Second/tag/'),
    fault: { upTo: 1, then: 'silence' },
  },
];
const uploads = (): HubServerRequest[] => run.server.requests.filter(({ method }) => method === 'PUT');
const repositories = ['First-adapter', 'First', 'Second-adapter', 'Second', 'Second-GGUF'];

describe('bezoar publish RECIPE', { timeout: 120_000 }, () => {
  it.each(places)('a release that is killed $where goes on from there', async ({ org, fits, fault }) => {
    let hung: HubServerRequest | undefined;
    run.fault = (request) => {
      if (hung !== undefined || !fits(request)) return undefined;
      hung = request;
      return fault;
    };
    const { process: killed, ended } = run.start(`publish recipe.yaml --org ${org}`);
    const isThere = (): boolean =>
      hung !== undefined && ('after' in (fault as object) ? hung.sent > 0 : hung.received > 0);
    while (!isThere() && killed.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 10));
    killed.kill('SIGKILL');
    expect(await ended).toMatchObject({ code: null, stdout: '' });

    const { code, stdout } = await run.cli(`publish recipe.yaml --org ${org}`);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^unchanged +dataset +${org}/Rows `, 'm'));
    expect(stdout).toMatch(new RegExp(`^published +model +${org}/Second-GGUF `, 'm'));
    const states = [
      run.server.look('dataset', `${org}/Rows`)!,
      ...repositories.map((name) => run.server.look('model', `${org}/${name}`)!),
    ];
    for (const { history, tags, branches } of states) {
      expect(history).toEqual(['initial commit', 'Publish v1.0']);
      expect(tags).toEqual({ 'v1.0': branches['main'] });
    }
  });

  it('Ctrl-C tells what is published, and what is not', async () => {
    const isCommit = ({ path }: HubServerRequest): boolean => path.includes('/models/fourth/First/commit/');
    run.fault = (request) => (isCommit(request) ? { upTo: 1, then: 'silence' } : undefined);
    const { process: stopped, ended } = run.start('publish recipe.yaml --org fourth');
    while (!run.server.requests.some(isCommit) && stopped.exitCode === null)
      await new Promise((resolve) => setTimeout(resolve, 10));
    stopped.kill('SIGINT');
    const { code, stdout, stderr } = await ended;
    expect(code).toBe(130);
    expect(stdout).toMatch(/^published +model +fourth\/First-adapter /m);
    expect(stdout).toMatch(/^stopped +model +fourth\/First +merged /m);
    expect(stdout).toMatch(/^not begun +model +fourth\/Second-GGUF /m);
    expect(stderr).toMatch(/the same command goes on with the rest\.$/m);
  });

  it('waits as long as the Hub asks, in the middle of a release too', async () => {
    let refused = 0;
    run.fault = ({ path }) => {
      if (!path.includes('/models/org/First/commit/') || refused++ > 1) return undefined;
      return { status: 429, headers: { ratelimit: '"api";r=0;t=1' } };
    };
    const started = performance.now();
    const { code, stdout } = await run.cli('publish recipe.yaml --org org');
    expect(code).toBe(0);
    expect(stdout).toContain('6 published, 0 unchanged. Tagged v1.0.');
    expect(refused).toBe(3);
    expect(performance.now() - started).toBeGreaterThan(2000);
  });
});
