import { dirname, join } from 'node:path/posix';
import { assertTopicName } from '../protocol/topics/validate.js';
import { assertBrokerUrl } from './broker-url.js';
import { type CliPackages, cliPackages } from './cli-packages.js';
import type { Rule, SchematicContext, Tree } from './devkit.js';
import { COMPONENT, component, tag, test } from './files.js';
import { type Application, findApplication } from './project.js';
import { provideClient } from './provide-client.js';
import { findRootComponent } from './root-component.js';
import { adaptTest, addRoute, addTag } from './show-component.js';

/** The options of `ng add rxjs-mqtt`. Their descriptions and defaults are in `ng-add.schema.json`. */
export interface NgAddOptions {
  readonly url?: string;
  readonly topic?: string;
  readonly component?: boolean;
  readonly skipTests?: boolean;
  readonly project?: string;
}

/** Adds `provideMqtt()` and a first component to an application. What is there already stays as it is. */
export function ngAdd(options: NgAddOptions, packages: CliPackages = cliPackages(process.cwd())): Rule {
  const { url = 'ws://localhost:9001', topic = 'hello' } = options;
  assertBrokerUrl(url);
  assertTopicName(topic);
  return async (tree, context) => {
    const application = await findApplication(tree, packages.utility, options.project);
    if (options.component !== false) addComponent(tree, context, packages, application, { ...options, topic });
    return provideClient(application, url, packages.utility);
  };
}

function addComponent(
  tree: Tree,
  { logger }: SchematicContext,
  { ts }: CliPackages,
  { main, prefix, sourceRoot, hasTests }: Application,
  { topic, skipTests = false }: NgAddOptions & { topic: string },
): void {
  const root = findRootComponent(tree, ts, main);
  const folder = root === undefined ? join(sourceRoot, 'app') : dirname(root.path);
  const path = join(folder, `${COMPONENT}.ts`);
  if (tree.exists(path)) {
    logger.info(`${path} is there already, and stays as it is`);
    return;
  }
  tree.create(path, component(prefix, topic));
  if (hasTests && !skipTests) tree.create(join(folder, `${COMPONENT}.spec.ts`), test(topic));

  const route = addRoute(tree, ts, folder);
  if (route !== undefined) {
    logger.info(`The component is at the path '/${route}' of the application`);
  } else if (root !== undefined && addTag(tree, ts, root, folder, prefix)) {
    logger.info(`The component is at the end of the template of ${root.path}`);
    if (!adaptTest(tree, ts, root, folder))
      logger.warn(`Add provideMockMqtt() to the providers of the test of ${root.path}`);
  } else {
    logger.warn(`Add <${tag(prefix)} /> to a template, because no route and no root component was found`);
  }
}
