import { expect } from 'chai';
import { matches } from '../../../src/protocol/topics/match.js';

interface Row {
  filter: string;
  yes?: string[];
  no?: string[];
}

const sections: Record<string, Row[]> = {
  '# is any number of levels, and the level above them [MQTT-4.7.1-1]': [
    {
      filter: 'sport/tennis/player1/#',
      yes: ['sport/tennis/player1', 'sport/tennis/player1/ranking', 'sport/tennis/player1/score/wimbledon'],
      no: ['sport/tennis', 'sport/tennis/player', 'sport/tennis/player10', 'sport/tennis/player2/ranking'],
    },
    {
      filter: 'sport/#',
      yes: ['sport', 'sport/', 'sport/tennis', 'sport//'],
      no: ['sports', 'spor', '/sport', 'Sport'],
    },
    { filter: '#', yes: ['a', '/', '/a', 'a/b/c', ' '] },
    { filter: '/#', yes: ['/', '/a', '//', '/a/b'], no: ['a', 'a/'] },
  ],
  '+ is exactly one level, an empty one too [MQTT-4.7.1-2]': [
    {
      filter: 'sport/+',
      yes: ['sport/', 'sport/tennis'],
      no: ['sport', 'sport/tennis/player1', 'sport//', 'sports/a'],
    },
    {
      filter: 'sport/tennis/+',
      yes: ['sport/tennis/player1', 'sport/tennis/player2'],
      no: ['sport/tennis/player1/ranking', 'sport/tennis'],
    },
    { filter: '+', yes: ['finance', 'a'], no: ['/finance', 'a/', 'a/b', '/'] },
    { filter: '+/+', yes: ['/finance', 'a/b', '/', 'a/'], no: ['a', 'a/b/c', '//'] },
    { filter: '/+', yes: ['/finance', '/'], no: ['finance', '/a/b'] },
    {
      filter: '+/tennis/#',
      yes: ['sport/tennis', '/tennis', 'sport/tennis/a/b'],
      no: ['tennis', 'a/tenni', 'a/b/tennis'],
    },
    {
      filter: 'sport/+/player1',
      yes: ['sport/tennis/player1', 'sport//player1'],
      no: ['sport/player1', 'sport/a/b/player1', 'sport/tennis/player1/x', 'sport/tennis/player'],
    },
    { filter: '+/+/#', yes: ['a/b', '/', 'a/b/c', '///'], no: ['a'] },
  ],
  'a wildcard in the first level does not reach $-topics [MQTT-4.7.2-1]': [
    { filter: '#', no: ['$SYS', '$SYS/x', '$'] },
    { filter: '+', no: ['$SYS', '$'] },
    { filter: '+/monitor/Clients', yes: ['a/monitor/Clients'], no: ['$SYS/monitor/Clients'] },
    { filter: '+/#', no: ['$SYS', '$SYS/x'] },
    { filter: '$SYS/#', yes: ['$SYS', '$SYS/', '$SYS/monitor/Clients'], no: ['$SY', 'SYS/x', '$SYSTEM/x'] },
    { filter: '$SYS/monitor/+', yes: ['$SYS/monitor/Clients'], no: ['$SYS/monitor'] },
    { filter: '+/$x', yes: ['a/$x'] },
    { filter: '/+', yes: ['/$SYS'] },
  ],
  'levels are compared as they are: case, spaces, empty levels, no normalisation (4.7.3) [MQTT-4.7.3-4]': [
    { filter: 'ACCOUNTS', yes: ['ACCOUNTS'], no: ['Accounts', 'ACCOUNTS/', '/ACCOUNTS'] },
    { filter: 'Accounts payable', yes: ['Accounts payable'], no: ['Accountspayable'] },
    { filter: '/finance', yes: ['/finance'], no: ['finance', '//finance'] },
    { filter: 'a//b', yes: ['a//b'], no: ['a/b', 'a///b'] },
    { filter: '/', yes: ['/'], no: ['//', 'a'] },
    { filter: 'A\u030a', yes: ['A\u030a'], no: ['\u00c5'] },
    { filter: '😀/+', yes: ['😀/𝄞'], no: ['😁/𝄞'] },
    { filter: '\ufeffa', yes: ['\ufeffa'], no: ['a'] },
  ],
  '$share/group/filter matches as its filter does (4.8.2)': [
    { filter: '$share/g/sport/+', yes: ['sport/', 'sport/a'], no: ['sport', '$share/g/sport/a', 'g/sport/a'] },
    { filter: '$share/g/#', yes: ['a', 'a/b'], no: ['$SYS/x', '$share/g/a'] },
    { filter: '$share/g/$SYS/#', yes: ['$SYS/x'], no: ['x'] },
    { filter: '$share/g//finance', yes: ['/finance'], no: ['finance'] },
    { filter: '$share/g//', yes: ['/'], no: ['a'] },
    { filter: '$shared/g/a', yes: ['$shared/g/a'], no: ['a'] },
  ],
};

describe('matches', () => {
  for (const [section, rows] of Object.entries(sections)) {
    describe(section, () => {
      for (const { filter, yes = [], no = [] } of rows) {
        for (const topic of yes) it(`${filter} takes ${topic}`, () => expect(matches(filter, topic)).to.equal(true));
        for (const topic of no) it(`${filter} leaves ${topic}`, () => expect(matches(filter, topic)).to.equal(false));
      }
    });
  }

  it('takes a topic of 65,535 slashes in its stride', () => {
    const topic = '/'.repeat(65_535);
    expect(matches(`${'+/'.repeat(32_000)}#`, topic)).to.equal(true);
    expect(matches(`${'+/'.repeat(32_000)}x`, topic)).to.equal(false);
  });
});
