/** US dollars for a card, in cents where that is enough. */
export function formatPrice(usd: number | undefined): string {
  return usd === undefined ? 'not priced' : usd.toFixed(usd >= 1 || usd === 0 ? 2 : 4);
}
