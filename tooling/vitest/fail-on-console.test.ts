import { expect, it, vi } from 'vitest';

it.fails('fails a test that writes to the console', () => {
  console.info('(this line belongs to the test of the console fence)');
});

it('lets a test watch the console by replacing the method', () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  console.log('seen');
  expect(log).toHaveBeenCalledWith('seen');
  log.mockRestore();
});
