/** 32 bits of a word (FNV-1a over its UTF-16 units, then mixed). */
export function hashWord(word: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193);
  return mix(hash);
}

/** The hash of a sequence of words and one more; start with 0. */
export function extendHash(hash: number, wordHash: number): number {
  return mix(Math.imul(hash, 0x9e3779b1) + wordHash + 1);
}

/** A bijection of 32 bits in which every bit of the input reaches every bit of the output (the finaliser of MurmurHash3). */
function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
