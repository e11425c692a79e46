import { lastValueFrom } from 'rxjs';
import { toDrawing } from '../../trace/index.js';
import { type Arguments, readChoice, readDuration, readInteger } from '../arguments.js';
import type { Command } from '../command.js';
import { readTrace } from '../read-trace.js';
import { UsageError } from '../usage-error.js';

export const draw: Command = {
  usage: 'FILE > PICTURE.svg',
  summary: 'draw a trace as an SVG',
  options: {
    from: { type: 'string', value: 'TIME', help: 'the first moment, from the start of the trace' },
    to: { type: 'string', value: 'TIME', help: 'the last moment' },
    width: { type: 'string', value: 'PX', help: 'width of the picture (960)' },
    events: { type: 'string', value: 'N', help: 'draw at most N events (500)' },
    theme: { type: 'string', value: 'auto|light|dark', help: 'colours (those that the reader prefers)' },
  },
  examples: ['draw night.jsonl > night.svg', 'draw night.jsonl --from 90s --to 2m > minute.svg'],
  async run(args, terminal) {
    const [file, ...others] = args.positionals;
    if (file === undefined) throw new UsageError('which trace? Write the name of its file; - is the standard input');
    if (others.length > 0) throw new UsageError(`'${others[0]!}' is too much; the picture goes to the standard output`);
    const svg = await lastValueFrom(readTrace(file, terminal).pipe(toDrawing(readOptions(args))), { defaultValue: '' });
    terminal.stdout.write(svg);
    return 0;
  },
};

function readOptions(args: Arguments) {
  const number = (option: string, read: (text: string, option: string) => number) => {
    const text = args.text(option);
    return text === undefined ? undefined : read(text, option);
  };
  const [from, to] = [number('from', readDuration), number('to', readDuration)];
  const width = number('width', (text, option) => readInteger(text, option, 320, 20_000));
  const maxEvents = number('events', (text, option) => readInteger(text, option, 1, 5000));
  return {
    theme: readChoice(args.text('theme') ?? 'auto', 'theme', ['auto', 'light', 'dark']),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(width !== undefined && { width }),
    ...(maxEvents !== undefined && { maxEvents }),
  };
}
