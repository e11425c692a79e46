// A document for Angular, and the environment of its TestBed. With zone.js where the variable ZONE says so.
import '@angular/compiler';
import { Window } from 'happy-dom';

const window = new Window({ url: 'http://localhost/' });
Object.assign(globalThis, { window, document: window.document });

if (process.env.ZONE === 'zone.js') await import('zone.js');
const { TestBed } = await import('@angular/core/testing');
const { BrowserTestingModule, platformBrowserTesting } = await import('@angular/platform-browser/testing');

TestBed.initTestEnvironment(BrowserTestingModule, platformBrowserTesting());

export const mochaHooks = { afterEach: () => void TestBed.resetTestingModule() };
