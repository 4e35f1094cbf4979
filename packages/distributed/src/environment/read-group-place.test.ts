import { describe, expect, it } from 'vitest';
import { readGroupPlace } from './read-group-place.ts';

const whole = { RANK: '1', WORLD_SIZE: '4', MASTER_ADDR: '10.0.0.7', MASTER_PORT: '29500' };

describe('readGroupPlace', () => {
  it('reads what launchers set', () => {
    expect(readGroupPlace(whole)).toEqual({
      rank: 1,
      size: 4,
      localRank: undefined,
      localSize: 4,
      host: '10.0.0.7',
      port: 29500,
      joinTimeout: undefined,
      timeout: undefined,
    });
    const more = {
      LOCAL_RANK: '1',
      LOCAL_WORLD_SIZE: '2',
      BEZOAR_JOIN_TIMEOUT: '1.5',
      BEZOAR_PEER_TIMEOUT: '60',
    };
    expect(readGroupPlace({ ...whole, ...more })).toMatchObject({
      localRank: 1,
      localSize: 2,
      joinTimeout: 1500,
      timeout: 60_000,
    });
  });

  it('keeps away from the port that torchrun listens on itself', () => {
    expect(readGroupPlace({ ...whole, TORCHELASTIC_USE_AGENT_STORE: 'True' })).toMatchObject({ port: 29501 });
    expect(readGroupPlace({ ...whole, TORCHELASTIC_USE_AGENT_STORE: 'False' })).toMatchObject({
      port: 29500,
    });
    expect(
      readGroupPlace({ ...whole, MASTER_PORT: '65535', TORCHELASTIC_USE_AGENT_STORE: 'True' }),
    ).toMatchObject({ port: 65_534 });
    expect(
      readGroupPlace({ ...whole, BEZOAR_PORT: '7', TORCHELASTIC_USE_AGENT_STORE: 'True' }),
    ).toMatchObject({
      port: 7,
    });
  });

  it.each([
    [{}],
    [{ MASTER_ADDR: 'here', MASTER_PORT: '1', LOCAL_RANK: '0' }],
    [{ RANK: '0', WORLD_SIZE: '1' }],
    [{ RANK: '', WORLD_SIZE: '' }],
  ])('is undefined for a process on its own: %j', (env) => {
    expect(readGroupPlace(env)).toBeUndefined();
  });

  it.each([
    [
      { RANK: '0' },
      /^RANK of the environment says .+ but WORLD_SIZE, MASTER_ADDR, MASTER_PORT are missing\.$/,
    ],
    [{ WORLD_SIZE: '2' }, /but RANK, MASTER_ADDR, MASTER_PORT are missing/],
    [{ ...whole, MASTER_PORT: '' }, /but MASTER_PORT is missing/],
    [
      { ...whole, RANK: '4' },
      /^RANK of the environment is "4"; .+ from 0 to below 4, which WORLD_SIZE says\.$/,
    ],
    [{ ...whole, RANK: '-1' }, /^RANK/],
    [{ ...whole, RANK: 'one' }, /^RANK/],
    [{ ...whole, WORLD_SIZE: '1.5' }, /^WORLD_SIZE/],
    [{ ...whole, MASTER_PORT: '70000' }, /^MASTER_PORT/],
    [{ ...whole, LOCAL_RANK: '2', LOCAL_WORLD_SIZE: '2' }, /^LOCAL_RANK .+ LOCAL_WORLD_SIZE says/],
    [{ ...whole, LOCAL_WORLD_SIZE: '5' }, /^LOCAL_WORLD_SIZE/],
    [{ ...whole, BEZOAR_JOIN_TIMEOUT: '0' }, /^BEZOAR_JOIN_TIMEOUT .+ seconds\.$/],
  ])('refuses what is missing or contradicts itself: %j', (env, message) => {
    expect(() => readGroupPlace(env)).toThrow(
      expect.objectContaining({ code: 'BAD_CONFIG', message: expect.stringMatching(message) as string }),
    );
  });
});
