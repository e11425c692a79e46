import { readFile } from '#read-file';
import { invalidArgument, inside, refusal } from '../checks/problem.js';

const BEGIN = '-----BEGIN ';
/** With this value, Mongoose OS uses TLS and accepts any certificate. */
const ANY_CERTIFICATE = '*';

/** Keys of Mongoose OS whose values are names of files with PEM text. */
export const fileKeys: readonly string[] = ['ssl_ca_cert', 'ssl_cert', 'ssl_key'];

/**
 * Returns the PEM text that a value is, or that the named file contains. A value that is not text is returned for the check of the option.
 *
 * @throws MqttError `INVALID_ARGUMENT` that names the key and the file, but shows nothing of its contents.
 */
export function pemOf(key: string, value: unknown, baseDir: string | undefined): unknown {
  if (typeof value !== 'string' || value.includes(BEGIN)) return value;
  if (value === ANY_CERTIFICATE)
    throw refused(
      key,
      "is '*', which accepts any certificate: if you want that, set 'tls.rejectUnauthorized' to false",
    );
  if (readFile === undefined)
    throw refused(key, `names a file (${shown(value)}), which this platform cannot read: give its PEM text`);
  let text: string;
  try {
    text = readFile(value, baseDir);
  } catch (error) {
    throw refused(key, `names a file that cannot be read (${shown(value)}, ${reason(error)}): ${relativeTo(baseDir)}`);
  }
  if (text.includes(BEGIN)) return text;
  throw refused(key, `names a file without PEM text (${shown(value)}): it has no line '${BEGIN}...'`);
}

/** Returns the value if it looks like the name of a file. Other text may be a private key without its first line, so it is not shown. */
function shown(value: string): string {
  return /^[^\r\n]{1,200}\.\w{1,8}$/.test(value) ? `'${value}'` : `${value.length} characters`;
}

/** Messages of the platform contain the whole path, an error code does not. */
const reason = (error: unknown): string => (error as { code?: string } | null)?.code ?? 'unknown reason';

const relativeTo = (baseDir: string | undefined): string =>
  baseDir === undefined
    ? "names are relative to the working directory unless 'baseDir' is set"
    : `names are relative to 'baseDir', '${baseDir}'`;

const refused = (key: string, words: string) => invalidArgument(inside(key, refusal(words)), 'option', 'config');
