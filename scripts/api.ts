// Writes what each entry point exports into api/*.api.md; with --check it fails when that differs from what is there.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';

const entryPoints = {
  'rxjs-mqtt': 'index',
  'rxjs-mqtt-testing': 'testing/index',
  'rxjs-mqtt-store': 'store/index',
  'rxjs-mqtt-trace': 'trace/index',
  'rxjs-mqtt-opentelemetry': 'opentelemetry/index',
  'rxjs-mqtt-shared': 'shared/index',
  'rxjs-mqtt-angular': 'angular/index',
  'rxjs-mqtt-angular-testing': 'angular/testing/index',
  'rxjs-mqtt-inspector': 'inspector/index',
  'rxjs-mqtt-nestjs': 'nestjs/index',
};

const root = fileURLToPath(new URL('..', import.meta.url));
const check = process.argv.includes('--check');
// API Extractor resolves packages from the declarations, so they have to lie inside the project
const types = join(root, '.api');
const silent = { logLevel: ExtractorLogLevel.None, addToApiReportFile: false };

try {
  execFileSync('npx', ['tsc', '-p', 'tsconfig.build.json', '--emitDeclarationOnly', '--outDir', types], {
    cwd: root,
    stdio: 'inherit',
  });
  const changed = Object.entries(entryPoints).filter(([name, entry]) => report(name, entry));
  for (const [name] of changed) console.log(`api/${name}.api.md ${check ? 'is not up to date' : 'has changed'}`);
  if (check && changed.length > 0) {
    console.error("The public API differs from its reports. Run 'npm run api', and commit the reports with the change");
    process.exitCode = 1;
  }
} finally {
  rmSync(types, { recursive: true, force: true });
}

/** Whether the report of this entry point has changed. */
function report(name: string, entry: string): boolean {
  const extractorConfig = ExtractorConfig.prepare({
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: join(types, `${entry}.d.ts`),
      newlineKind: 'lf',
      compiler: { tsconfigFilePath: join(root, 'tsconfig.build.json') },
      apiReport: {
        enabled: true,
        reportFileName: name,
        reportFolder: join(root, 'api'),
        // those of the other entry points are types of this one
        includeForgottenExports: entry === 'index',
        reportTempFolder: join(types, 'reports'),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        // TypeDoc checks the comments and which types are exported
        extractorMessageReporting: {
          default: { logLevel: ExtractorLogLevel.Error, addToApiReportFile: false },
          'ae-missing-release-tag': silent,
          'ae-forgotten-export': silent,
          'ae-undocumented': silent,
          'ae-unresolved-link': silent,
        },
        tsdocMessageReporting: { default: silent },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, 'package.json'),
  });
  const { apiReportChanged, errorCount } = Extractor.invoke(extractorConfig, {
    localBuild: !check,
    messageCallback: message => {
      // what has changed is said by this script, and the compiler of API Extractor is the one of this project
      if (message.messageId.startsWith('console-')) message.handled = message.logLevel !== ExtractorLogLevel.Error;
    },
  });
  if (errorCount > 0) throw new Error(`API Extractor cannot read ${entry}.d.ts`);
  return apiReportChanged;
}
