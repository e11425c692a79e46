import { readFile } from '#read-file';
import { invalidArgument, inside, refusal } from '../checks/problem.js';

const BEGIN = '-----BEGIN ';
/** Mongoose OS reaches the server by TLS then, and takes any certificate. */
const UNCHECKED = '*';

/** Keys of Mongoose OS whose values are names of files with PEM text. */
export const fileKeys: readonly string[] = ['ssl_ca_cert', 'ssl_cert', 'ssl_key'];

/**
 * The PEM text that a value names, or is. Everything else than text is left to the check of the option.
 *
 * @throws MqttError `INVALID_ARGUMENT` that names the key and the file, and shows nothing of its contents.
 */
export function pemOf(key: string, value: unknown, baseDir: string | undefined): unknown {
  if (typeof value !== 'string' || value.includes(BEGIN)) return value;
  if (value === UNCHECKED)
    throw refused(
      key,
      "is '*', which checks no certificate: where you mean that, set 'tls.rejectUnauthorized' to false",
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

/** The value, where it looks like the name of a file: it may be the key itself, without its first line. */
function shown(value: string): string {
  return /^[^\r\n]{1,200}\.\w{1,8}$/.test(value) ? `'${value}'` : `${value.length} characters`;
}

/** Messages of the platform show the whole path, a code does not. */
const reason = (error: unknown): string => (error as { code?: string } | null)?.code ?? 'unknown reason';

const relativeTo = (baseDir: string | undefined): string =>
  baseDir === undefined
    ? "names are relative to the working directory unless 'baseDir' is set"
    : `names are relative to 'baseDir', '${baseDir}'`;

const refused = (key: string, words: string) => invalidArgument(inside(key, refusal(words)), 'option', 'config');
