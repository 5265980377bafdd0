/** A Ruby with its standard library. */

import { dirname, join } from 'node:path';
import { findProgram, type Program } from './debian.ts';

export const findRuby = (): Promise<Program> =>
  findProgram({
    commands: ['ruby'],
    proof: ['-rjson', '-rnet/http', '-ropenssl', '-e', 'exit(RUBY_VERSION.to_f >= 3.0)'],
    packages: ['ruby'],
    unpacked: { command: 'usr/bin/ruby', env: (root, files) => ({ RUBYLIB: libraryOf(root, files) }) },
    missing: 'The tests of the Ruby examples need a Ruby, 3.0 or newer: install ruby.',
  });

/** Its library is not where it was built for: in Ruby, in C, and RubyGems, each known by one of its files. */
function libraryOf(root: string, files: string[]): string {
  const found = files.filter((name) => /\/ruby\/[^/]+\/(set|rbconfig|rubygems)\.rb$/.test(name));
  return [...new Set(found.map((name) => join(root, dirname(name))))].join(':');
}
