// Writes dist/sbom.cdx.json: what an installation of the package brings, as npm knows it, in the form of CycloneDX.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

interface Bom {
  metadata: { timestamp?: string; component: { 'bom-ref': string; name: string } };
  serialNumber?: string;
  components: { 'bom-ref': string }[];
  dependencies: { ref: string; dependsOn?: string[] }[];
}
interface Manifest {
  readonly name: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** `licences` begins each licence of a package that is bundled with its name and version. */
export function writeSbom(licences: string): void {
  const { name, dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
  const printed = execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'library'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const bom = JSON.parse(printed) as Bom;

  // npm lists what development needs, too: what the run-time dependencies lead to is kept
  const root = bom.metadata.component['bom-ref'];
  const dependsOn = new Map(bom.dependencies.map(each => [each.ref, each.dependsOn ?? []]));
  const kept = new Set<string>();
  const keep = (ref: string): void => {
    if (kept.has(ref)) return;
    kept.add(ref);
    dependsOn.get(ref)?.forEach(keep);
  };
  const isRuntime = (ref: string) =>
    Object.entries(dependencies).some(([each, version]) => ref === `${each}@${version}`);
  const direct = (dependsOn.get(root) ?? []).filter(isRuntime);
  if (direct.length !== Object.keys(dependencies).length)
    throw new Error('a run-time dependency is missing in the list of npm');
  direct.forEach(keep);
  // what is bundled is in the package, its own dependencies are not
  const isBundled = (ref: string) => licences.split('\n').includes(ref.replace(/@(?=[^@]*$)/, ' '));
  const bundled = (dependsOn.get(root) ?? []).filter(isBundled);
  if (bundled.length === 0) throw new Error('nothing that is bundled is in the list of npm');
  bundled.forEach(ref => kept.add(ref));

  bom.metadata.component.name = name; // npm gives that of the folder
  delete bom.metadata.timestamp; // the same package has the same list
  delete bom.serialNumber;
  bom.components = bom.components.filter(each => kept.has(each['bom-ref']));
  bom.dependencies = [
    { ref: root, dependsOn: [...direct, ...bundled] },
    ...bom.dependencies.filter(each => kept.has(each.ref) && !bundled.includes(each.ref)),
    ...bundled.map(ref => ({ ref })),
  ];
  writeFileSync('dist/sbom.cdx.json', `${JSON.stringify(bom, null, 2)}\n`);
  console.log(`dist/sbom.cdx.json: ${bom.components.length} packages`);
}
