import { describe, expect, it } from 'vitest';
import { countTests, formatCounts } from './test-counts.ts';

const report = { numPassedTests: 7, numFailedTests: 2, numPendingTests: 3, numTodoTests: 1, testResults: [] };
const passing = { ...report, numFailedTests: 0 };

describe('countTests', () => {
  it('takes the counts of the report', () => {
    expect(countTests(report, 1)).toEqual({ passed: 7, failed: 2, skipped: 4 });
  });

  it('counts a file that failed without a failed test', () => {
    const testResults = [
      { status: 'failed', assertionResults: [] },
      { status: 'failed', assertionResults: [{ status: 'failed' }] },
      { status: 'passed', assertionResults: [{ status: 'passed' }] },
    ];
    expect(countTests({ ...report, testResults }, 1).failed).toBe(3);
  });

  it('counts a bad exit as a failure when the report shows none', () => {
    expect(countTests(passing, 1).failed).toBe(1);
    expect(countTests(passing, 0).failed).toBe(0);
  });

  it('counts a missing report as a failure, whatever the exit status', () => {
    expect(countTests(undefined, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});

describe('formatCounts', () => {
  it('names skipped tests only where there are any', () => {
    expect(formatCounts({ passed: 12, failed: 1, skipped: 0 })).toBe('12 passed, 1 failed');
    expect(formatCounts({ passed: 12, failed: 1, skipped: 3 })).toBe('12 passed, 1 failed, 3 skipped');
  });
});
