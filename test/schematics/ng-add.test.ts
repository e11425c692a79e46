import { expect } from 'chai';
import { MqttError } from '../../src/index.js';
import { cliPackages } from '../../src/schematics/cli-packages.js';
import { ngAdd } from '../../src/schematics/ng-add.js';
import { modular, packages, project, routed, run, standalone } from './workspace.js';

/** The files that `ng add` has changed. */
function changed(before: Record<string, string>, after: Record<string, string>): string[] {
  return Object.keys(after)
    .filter(path => before[path] !== after[path])
    .sort();
}

async function failure(work: () => unknown): Promise<MqttError> {
  try {
    await work();
  } catch (error) {
    expect(error).to.be.instanceOf(MqttError);
    return error as MqttError;
  }
  throw new Error('it has not failed');
}

describe('ng add', () => {
  describe('the provider', () => {
    it('has the URL', async () => {
      const { files } = await run(ngAdd({ url: "wss://host/it's" }, packages()), routed);
      expect(files['src/app/app.config.ts']).to.equal(
        "providers\nshop: rxjs-mqtt/angular#provideMqtt('wss://host/it\\'s')\n",
      );
    });

    it('is that of a broker on this machine by default', async () => {
      const { files } = await run(ngAdd({}, packages()), routed);
      expect(files['src/app/app.config.ts']).to.contain("provideMqtt('ws://localhost:9001')");
    });

    it('is left as it is where there is one', async () => {
      const config = { 'src/app/app.config.ts': "providers: [provideMqtt('wss://mine')]" };
      const { files, log } = await run(ngAdd({ component: false }, packages()), { ...routed, ...config });
      expect(files).to.deep.equal({ ...routed, ...config });
      expect(log).to.deep.equal(['src/app/app.config.ts has provideMqtt() already, and stays as it is']);
    });

    it('is not found in a test', async () => {
      const spec = { 'src/app/mine.spec.ts': "provideMqtt('wss://mine')" };
      const { files } = await run(ngAdd({ component: false }, packages()), { ...routed, ...spec });
      expect(files['src/app/app.config.ts']).to.contain('provideMqtt(');
    });

    it('is asked for where it cannot be added', async () => {
      const refusing = packages(undefined, () => async () => {
        throw new Error('no bootstrapApplication call');
      });
      const { code, message } = await failure(() => run(ngAdd({ url: 'ws://host' }, refusing), routed));
      expect(code).to.equal('NOT_SUPPORTED');
      expect(message).to.contain("'src/main.ts' starts").and.contain("add provideMqtt('ws://host')");
      expect(message).to.contain('no bootstrapApplication call');
    });
  });

  describe('the component', () => {
    const files = ['src/app/mqtt-topic.spec.ts', 'src/app/mqtt-topic.ts'];

    it('gets the start page where there is no other route', async () => {
      const { files: after, log } = await run(ngAdd({ topic: 'rooms/1' }, packages()), routed);
      expect(changed(routed, after)).to.deep.equal(['src/app/app.config.ts', 'src/app/app.routes.ts', ...files]);
      expect(after['src/app/app.routes.ts']).to.contain(`export const routes: Routes = [
  { path: '', loadComponent: () => import('./mqtt-topic').then(({ MqttTopic }) => MqttTopic) },
];`);
      expect(after['src/app/mqtt-topic.ts']).to.contain("topic = 'rooms/1'").and.contain("selector: 'app-mqtt-topic'");
      expect(after['src/app/mqtt-topic.spec.ts']).to.contain("emit('rooms/1'");
      expect(log).to.deep.equal(["The component is at the path '/' of the application"]);
    });

    it('gets a route in front of the others', async () => {
      const routes = { 'src/app/app.routes.ts': "const routes: Routes = [\n  { path: '**', component: Lost },\n];\n" };
      const { files: after, log } = await run(ngAdd({}, packages()), { ...routed, ...routes });
      expect(after['src/app/app.routes.ts']).to.match(
        /= \[\n {2}\{ path: 'mqtt', .*\},\n {2}\{ path: '\*\*', component: Lost \},\n\];/,
      );
      expect(log).to.deep.equal(["The component is at the path '/mqtt' of the application"]);
    });

    it('is in the template of the root component where its route is taken', async () => {
      const routes = { 'src/app/app.routes.ts': "const routes: Routes = [{ path: 'mqtt', component: Mine }];" };
      const before = { ...routed, ...routes };
      const { files: after, log } = await run(ngAdd({}, packages()), before);
      expect(after['src/app/app.routes.ts']).to.equal(before['src/app/app.routes.ts']);
      expect(after['src/app/app.html']).to.equal('<h1>Shop</h1>\n\n<app-mqtt-topic />\n');
      expect(log).to.deep.equal(['The component is at the end of the template of src/app/app.ts']);
    });

    it('is in the template of a standalone root component, and has a mock in its test', async () => {
      const { files: after } = await run(ngAdd({}, packages({ shop: project({ prefix: 'my' }) })), standalone);
      expect(after['src/app/app.html']).to.contain('<my-mqtt-topic />');
      expect(after['src/app/mqtt-topic.ts']).to.contain("selector: 'my-mqtt-topic'");
      expect(after['src/app/app.ts']).to.equal(`import { Component } from '@angular/core';
import { MqttTopic } from './mqtt-topic';

@Component({
  imports: [MqttTopic],
  selector: 'app-root',
  templateUrl: './app.html',
})
export class App {}
`);
      expect(after['src/app/app.spec.ts']).to.equal(`import { TestBed } from '@angular/core/testing';
import { App } from './app';
import { provideMockMqtt } from 'rxjs-mqtt/angular/testing';

TestBed.configureTestingModule({
  providers: [provideMockMqtt()],
  imports: [App],
});
`);
    });

    it('is at the end of an inline template', async () => {
      const app = {
        'src/app/app.ts': '@Component({ imports: [Outlet], template: `\n    <h1>Shop</h1>\n\n  ` })\nclass App {}\n',
      };
      const { files: after } = await run(ngAdd({}, packages()), { ...standalone, ...app });
      expect(after['src/app/app.ts']).to.equal(
        "import { MqttTopic } from './mqtt-topic';\n" +
          '@Component({ imports: [Outlet, MqttTopic], template: `\n    <h1>Shop</h1>\n    <app-mqtt-topic />\n\n  ` })\nclass App {}\n',
      );
    });

    it('is imported by the NgModule of the root component, and by its test', async () => {
      const { files: after } = await run(ngAdd({}, packages()), modular);
      expect(after['src/app/app.ts']).to.equal(modular['src/app/app.ts']);
      expect(after['src/app/app.html']).to.contain('<app-mqtt-topic />');
      expect(after['src/app/app-module.ts']).to.contain("import { MqttTopic } from './mqtt-topic';");
      expect(after['src/app/app-module.ts']).to.contain('imports: [\n    BrowserModule,\n    MqttTopic,\n  ]');
      expect(after['src/app/app.spec.ts']).to.contain('imports: [App, MqttTopic]').and.contain('provideMockMqtt()');
    });

    it('is asked for where neither routes nor a root component are found', async () => {
      const main = { 'src/main.ts': 'start();' };
      const { files: after, log } = await run(ngAdd({}, packages()), { ...standalone, ...main });
      expect(changed({ ...standalone, ...main }, after)).to.deep.equal(['src/app/app.config.ts', ...files]);
      expect(log[0]).to.contain('Add <app-mqtt-topic /> to a template');
    });

    it('asks for a mock in a test that it does not understand', async () => {
      const spec = { 'src/app/app.spec.ts': 'render(App);' };
      const { files: after, log } = await run(ngAdd({}, packages()), { ...standalone, ...spec });
      expect(after['src/app/app.spec.ts']).to.equal('render(App);');
      expect(log[1]).to.equal('Add provideMockMqtt() to the providers of the test of src/app/app.ts');
    });

    it('is left out on request, and its test too', async () => {
      const without = await run(ngAdd({ component: false }, packages()), routed);
      expect(changed(routed, without.files)).to.deep.equal(['src/app/app.config.ts']);
      const untested = await run(ngAdd({ skipTests: true }, packages()), routed);
      expect(untested.files).to.not.have.property('src/app/mqtt-topic.spec.ts');
      const targets = new Map([['build', {}]]);
      const minimal = await run(ngAdd({}, packages({ shop: project({ targets }) })), routed);
      expect(minimal.files).to.not.have.property('src/app/mqtt-topic.spec.ts');
    });

    it('is added once', async () => {
      for (const before of [routed, standalone, modular]) {
        const once = await run(ngAdd({}, packages()), before);
        const twice = await run(ngAdd({ topic: 'other' }, packages()), once.files);
        expect(twice.files).to.deep.equal(once.files);
        expect(twice.log[0]).to.equal('src/app/mqtt-topic.ts is there already, and stays as it is');
      }
    });
  });

  describe('the application', () => {
    const library = project({ extensions: { projectType: 'library' } });

    it('is the only one of the workspace, or the one that is named', async () => {
      const { files } = await run(ngAdd({}, packages({ ui: library, shop: project() })), routed);
      expect(files['src/app/app.config.ts']).to.contain('shop: ');
      const named = await run(ngAdd({ project: 'b' }, packages({ a: project(), b: project() })), routed);
      expect(named.files['src/app/app.config.ts']).to.contain('b: ');
    });

    it('must be named where there are several', async () => {
      const workspace = packages({ a: project(), b: project() });
      const { code, message } = await failure(() => run(ngAdd({}, workspace), routed));
      expect(code).to.equal('INVALID_ARGUMENT');
      expect(message).to.contain("several applications; it must be one of 'a', 'b'");
    });

    it('must be an application', async () => {
      const workspace = packages({ ui: library, shop: project() });
      const named = await failure(() => run(ngAdd({ project: 'ui' }, workspace), routed));
      expect(named.message).to.contain("'ui' is no application; it must be one of 'shop'");
      const none = await failure(() => run(ngAdd({}, packages({ ui: library })), routed));
      expect(none.message).to.contain("no application; make one by 'ng generate application'");
    });

    it('starts with src/main.ts unless its builder says otherwise', async () => {
      const { sourceRoot: _, ...rest } = project({ root: 'projects/shop', targets: new Map([['build', {}]]) });
      const moved = Object.entries(standalone).map(([path, text]) => [`projects/shop/${path}`, text]);
      const config = { 'src/app/app.config.ts': '' };
      const { files } = await run(ngAdd({}, packages({ shop: rest })), { ...Object.fromEntries(moved), ...config });
      expect(files['projects/shop/src/app/app.html']).to.contain('<app-mqtt-topic />');
    });
  });

  describe('arguments', () => {
    it('must be a URL for browsers', () => {
      for (const url of ['mqtt://host', 'host:9001', 'ws://', '/mqtt', '']) {
        expect(() => ngAdd({ url }, packages()), url)
          .to.throw(MqttError, "it must look like 'ws://localhost:9001'")
          .with.property('code', 'INVALID_ARGUMENT');
      }
    });

    it('must hold no credentials, which the error does not repeat', () => {
      for (const url of ['wss://me:secret@host', 'wss://host/%40secret']) {
        expect(() => ngAdd({ url }, packages()), url)
          .to.throw(MqttError, 'perAttempt')
          .with.property('message')
          .that.not.contains('secret');
      }
    });

    it('must be a topic without wildcards', () => {
      expect(() => ngAdd({ topic: 'a/#' }, packages())).to.throw(MqttError, "'a/#'");
    });
  });

  it('needs a workspace of the Angular CLI', () => {
    expect(() => cliPackages('/'))
      .to.throw(MqttError, "'@angular/cli'")
      .with.property('code', 'NOT_SUPPORTED');
  });
});
