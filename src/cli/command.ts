import type { Arguments, OptionSpecs } from './arguments.js';
import type { Terminal } from './terminal.js';

/** What ends a program: 0 all is well, 1 it failed, 2 it was called wrongly, 3 the time was over, 130 somebody stopped it. */
export type ExitCode = 0 | 1 | 2 | 3 | 130 | 143;

/** A command of the command line. */
export interface Command {
  /** The arguments, as the help shows them: `URL FILTER...`. */
  readonly usage: string;
  /** One line about what it does. */
  readonly summary: string;
  readonly options: OptionSpecs;
  /** What the help says below the options. */
  readonly notes?: readonly string[];
  /** Examples, without the name of the program. */
  readonly examples: readonly string[];
  run(args: Arguments, terminal: Terminal): Promise<ExitCode>;
}
