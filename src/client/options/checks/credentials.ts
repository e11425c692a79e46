export function hasCredentials(value: unknown): boolean {
  return typeof value === 'string' && withoutCredentials(value) !== value;
}

/** Text in which the credentials of a URL are left out. */
export function withoutCredentials(text: string): string {
  const start = text.indexOf('//') + 2;
  // the last @, since a password can have a `/` that should have been escaped
  const end = text.lastIndexOf('@') + 1;
  return start >= 2 && end > start ? text.slice(0, start) + text.slice(end) : text;
}
