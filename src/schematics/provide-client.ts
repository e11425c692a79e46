import { MqttError } from '../errors.js';
import { quoted, wordsOf } from '../quoted.js';
import type { AngularUtility, Rule, Tree } from './devkit.js';
import type { Application } from './project.js';
import { literal } from './source-text.js';

/** Adds `provideMqtt(url)` to the providers of an application, standalone or by an NgModule, unless it has one already. */
export function provideClient({ name, main, sourceRoot }: Application, url: string, utility: AngularUtility): Rule {
  return (tree, { logger }) => {
    const path = findProvider(tree, sourceRoot);
    if (path !== undefined) {
      logger.info(`${path} has provideMqtt() already, and stays as it is`);
      return tree;
    }
    const provided = utility.addRootProvider(
      name,
      ({ code, external }) => code`${external('provideMqtt', 'rxjs-mqtt/angular')}(${literal(url)})`,
    );
    return explaining(
      provided,
      `${quoted(main)} starts the application in a way that ng add cannot change; add provideMqtt(${quoted(url)}) of 'rxjs-mqtt/angular' to its providers yourself`,
    );
  };
}

function findProvider(tree: Tree, folder: string): string | undefined {
  let found: string | undefined;
  tree.getDir(folder).visit(path => {
    if (/(?<!\.spec)\.ts$/.test(path) && /\bprovideMqtt\(/.test(tree.readText(path))) found ??= path;
  });
  return found;
}

/** Runs a rule and the rules that it returns. If one fails, the error says what to do. */
function explaining(rule: Rule, advice: string): Rule {
  return async (tree, context) => {
    try {
      const next = await rule(tree, context);
      return typeof next === 'function' ? explaining(next, advice) : next;
    } catch (cause) {
      throw new MqttError('NOT_SUPPORTED', `${advice} (${wordsOf(cause)})`, { cause });
    }
  };
}
