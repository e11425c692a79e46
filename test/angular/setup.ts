// A document for Angular, and the environment of its TestBed: without zone.js, or with it where the variable ZONE says so.
import '@angular/compiler';
import { Window } from 'happy-dom';

const window = new Window({ url: 'http://localhost/' });
const { document, Node } = window;
Object.assign(globalThis, { window, document, Node });

const zoned = process.env.ZONE === 'zone.js';
if (zoned) await import('zone.js');
const { NgModule, provideZoneChangeDetection } = await import('@angular/core');
const { TestBed } = await import('@angular/core/testing');
const { BrowserTestingModule, platformBrowserTesting } = await import('@angular/platform-browser/testing');

// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- a module of Angular
class Zone {
  static readonly providers = zoned ? [provideZoneChangeDetection()] : [];
}
TestBed.initTestEnvironment([BrowserTestingModule, NgModule(Zone)(Zone)], platformBrowserTesting());

export const mochaHooks = { afterEach: () => void TestBed.resetTestingModule() };
