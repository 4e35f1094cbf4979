/** Bytes for people: `4.8 MB`, `270 MB`. */
export function megabytes(bytes: number): string {
  const mega = bytes / 1e6;
  return `${mega < 10 ? mega.toFixed(1) : mega.toFixed(0)} MB`;
}
