import { join } from 'node:path/posix';
import { MqttError } from '../errors.js';
import { quoted } from '../quoted.js';
import type { AngularUtility, Project, Tree } from './devkit.js';

/** The application that `ng add` changes. */
export interface Application {
  readonly name: string;
  /** The prefix of the tags of its components. */
  readonly prefix: string;
  readonly sourceRoot: string;
  /** The file that starts it. */
  readonly main: string;
  readonly hasTests: boolean;
}

/** Finds the application with this name, or the only one. Throws INVALID_ARGUMENT if there is none, or if there are several. */
export async function findApplication(
  tree: Tree,
  { readWorkspace }: AngularUtility,
  name: string | undefined,
): Promise<Application> {
  const { projects } = await readWorkspace(tree);
  const applications = [...projects].filter(([, project]) => project.extensions.projectType === 'application');
  const names = applications.map(([known]) => quoted(known)).join(', ');
  const [first, ...others] = name === undefined ? applications : applications.filter(([known]) => known === name);
  if (first === undefined) {
    const wanted = name === undefined ? 'the workspace has no application' : `${quoted(name)} is no application`;
    throw invalid(
      `${wanted}; ${names === '' ? "make one by 'ng generate application'" : `it must be one of ${names}`}`,
    );
  }
  if (others.length > 0) throw invalid(`the workspace has several applications; it must be one of ${names}`);
  return describe(...first);
}

function describe(
  name: string,
  { root, sourceRoot = join(root, 'src'), prefix = 'app', targets }: Project,
): Application {
  const options = targets.get('build')?.options ?? {};
  const main = [options.browser, options.main].find(path => typeof path === 'string');
  return { name, prefix, sourceRoot, main: main ?? join(sourceRoot, 'main.ts'), hasTests: targets.has('test') };
}

const invalid = (what: string) =>
  new MqttError('INVALID_ARGUMENT', `bad option 'project': ${what}`, { subject: 'project' });
