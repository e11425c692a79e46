import { createRequire } from 'node:module';
import { join } from 'node:path';
import { MqttError } from '../errors.js';
import type { AngularUtility, TypeScript } from './devkit.js';

export interface CliPackages {
  readonly utility: AngularUtility;
  readonly ts: TypeScript;
}

/**
 * Loads what a schematic needs from the workspace in a folder. Package managers that install strictly let this package find nothing that it
 * does not depend on, but every workspace has the CLI and TypeScript.
 */
export function cliPackages(folder: string): CliPackages {
  const requireFrom = (path: string) => createRequire(join(path, 'package.json'));
  const workspace = requireFrom(folder);
  try {
    const cli = createRequire(workspace.resolve('@angular/cli/package.json'));
    return {
      utility: cli('@schematics/angular/utility') as AngularUtility,
      ts: workspace('typescript') as TypeScript,
    };
  } catch (cause) {
    throw new MqttError(
      'NOT_SUPPORTED',
      "ng add needs a workspace of the Angular CLI, with '@angular/cli' and 'typescript' in its package.json",
      { cause },
    );
  }
}
