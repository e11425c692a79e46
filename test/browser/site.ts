import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Certificate, certificate } from '../support/certificates.js';
import { closeServer, listen, loopback } from '../support/ports.js';

/** The pages of the tests, over HTTP and HTTPS. */
export interface Site {
  readonly url: string;
  readonly secureUrl: string;
  close(): Promise<void>;
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The scripts of the pages, of the built package as a browser gets it. */
async function scripts(): Promise<ReadonlyMap<string, string>> {
  const { outputFiles } = await build({
    entryPoints: ['page', 'worker', 'strict', 'store', 'outbox', 'inspector', 'tab', 'tab-worker'].map(name =>
      here(`./${name}.ts`),
    ),
    outdir: '/',
    bundle: true,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    write: false,
    plugins: [
      {
        name: 'as it is published',
        setup({ onResolve }) {
          const entryPoint = /\/src\/(?:(\w+)\/)?index\.js$/;
          onResolve({ filter: entryPoint }, ({ path }) => {
            const [, name = 'index'] = entryPoint.exec(path)!;
            return { path: here(`../../dist/${name}.js`) };
          });
        },
      },
    ],
  });
  return new Map(outputFiles.map(({ path, text }) => [path, text]));
}

const html = (script: string) =>
  `<!doctype html><meta charset="utf-8"><title>${script}</title><link rel="icon" href="data:,">` +
  `<button>Click</button><output></output><script src="${script}"></script>`;

/**
 * `/` has the kit, `/strict` works by itself, `/store` has a store, `/outbox` a client with one, `/inspector` an inspector, `/tab` a client
 * that it shares with other tabs, `/elsewhere` is another page. `?csp=…` is the Content Security Policy that a page comes with.
 */
export async function startSite(tls: Certificate = certificate({ hosts: [loopback] })): Promise<Site> {
  const js = await scripts();
  const pages = new Map([
    ['/', html('/page.js')],
    ['/strict', html('/strict.js')],
    ['/store', html('/store.js')],
    ['/outbox', html('/outbox.js')],
    ['/inspector', html('/inspector.js')],
    ['/tab', html('/tab.js')],
    ['/elsewhere', '<!doctype html><title>elsewhere</title><p>Another page'],
  ]);
  const servers = [createServer(), createSecureServer(tls)].map(server =>
    server.on('request', ({ url = '/' }, response) => {
      const { pathname, searchParams } = new URL(url, 'http://site');
      const body = js.get(pathname) ?? pages.get(pathname);
      const csp = searchParams.get('csp');
      response.writeHead(body === undefined ? 404 : 200, {
        'content-type': js.has(pathname) ? 'text/javascript' : 'text/html',
        ...(csp === null ? {} : { 'content-security-policy': csp }),
      });
      response.end(body);
    }),
  );
  const [port, securePort] = await Promise.all(servers.map(server => listen(server)));
  return {
    url: `http://${loopback}:${port}`,
    secureUrl: `https://${loopback}:${securePort}`,
    async close() {
      await Promise.all(
        servers.map(server => {
          server.closeAllConnections();
          return closeServer(server);
        }),
      );
    },
  };
}
