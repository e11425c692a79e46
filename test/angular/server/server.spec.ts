import '@angular/compiler';
import { Component } from '@angular/core';
import { type BootstrapContext, bootstrapApplication } from '@angular/platform-browser';
import { provideServerRendering, renderApplication } from '@angular/platform-server';
import { expect } from 'chai';
import { EMPTY, NEVER, concat, of } from 'rxjs';
import type { Transport } from '../../../src/index.js';
import { injectConnection, injectLatest, injectMqtt, injectTopic, provideMqtt } from '../../../src/angular/index.js';
import { SilentClient } from '../../../src/angular/silent-client.js';

describe('on a server platform', () => {
  it('a page is rendered without a connection, and does not wait for one', async () => {
    let opened = 0;
    const transport: Transport = () => {
      opened++;
      return NEVER;
    };
    const App = Component({
      selector: 'app',
      template: '{{ connection().status }}, {{ light()?.text() ?? "unknown" }}, {{ rooms().length }} rooms',
    })(
      class {
        connection = injectConnection();
        light = injectTopic('light');
        rooms = injectLatest(() => 'rooms/+');
        constructor() {
          const mqtt = injectMqtt();
          mqtt.connect().subscribe();
          mqtt.publish('a', 'b').subscribe();
        }
      },
    );
    const providers = [provideServerRendering(), provideMqtt('mqtt://broker', { transport })];
    const bootstrap = (context: BootstrapContext) => bootstrapApplication(App, { providers }, context);
    const html = await renderApplication(bootstrap, {
      document: '<app></app>',
      url: 'http://localhost/',
      allowedHosts: ['localhost'],
    });
    expect(html).to.contain('idle, unknown, 0 rooms');
    expect(opened).to.equal(0);
  });

  it('a client is inert', async () => {
    const client = new SilentClient();
    expect(client.publishAll([])).to.equal(NEVER);
    expect(of({ topic: 'a' }).pipe(client.publishAll())).to.equal(NEVER);
    let seen: unknown[] = [];
    concat(client.disconnect(), EMPTY).subscribe({ complete: () => (seen = ['complete']) });
    client.connection$.subscribe(({ status }) => seen.push(status));
    client.close();
    await client[Symbol.asyncDispose]();
    expect(seen).to.deep.equal(['complete', 'idle']);
  });
});
