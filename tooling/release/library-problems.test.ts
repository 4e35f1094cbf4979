import { expect, it } from 'vitest';
import { libraryProblems } from './library-problems.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

it('refuses a library that needs a newer glibc than is promised', () => {
  const files = new Map([
    ['lib/old.so', bytes('\0GLIBC_2.2.5\0GLIBC_2.34\0')],
    ['lib/new.so', bytes('\0GLIBC_2.2.5\0GLIBC_2.38\0')],
    ['README.md', bytes('GLIBC_2.99')],
  ]);
  expect(libraryProblems(files)).toEqual([
    'lib/new.so needs glibc 2.38, newer than 2.34: build it on an older distribution.',
  ]);
});
