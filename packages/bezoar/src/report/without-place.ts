/**
 * A reference as a report shows it, which is shown around: of an absolute path the last part, of an address nothing after its `?`, where
 * some servers take their key.
 */
export function withoutPlace(reference: string): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(reference))
    return reference.replace(/\?[^#]*/, '').replace(/\/\/[^/@]*@/, '//');
  return reference.replace(/^((?:script:)?)(?:\/|~|[a-z]:[\\/]|\\\\)(?:.*[\\/])?/i, '$1…/');
}
