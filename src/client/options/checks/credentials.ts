// up to the last @, since a password can have a `/` that should have been escaped
const credentials = /\/\/[^]*@/;

export function hasCredentials(value: unknown): boolean {
  return typeof value === 'string' && credentials.test(value);
}

/** Text in which the credentials of a URL are left out. */
export function withoutCredentials(text: string): string {
  return text.replace(credentials, '//');
}
