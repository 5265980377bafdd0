/* Says clearly which Node is needed. Plain old JavaScript, since old versions must be able to run it. */
'use strict';

var needed = 24;
var major = parseInt(process.versions.node.split('.')[0], 10);
if (!(major >= needed)) {
  console.error(
    'Haggle needs Node ' +
      needed +
      ' or newer, but this is Node ' +
      process.versions.node +
      ' (' +
      process.execPath +
      ').' +
      ' On Linux `npm ci` brings one along, so run it without `--omit=optional`; elsewhere install it from https://nodejs.org.',
  );
  process.exit(1);
}
