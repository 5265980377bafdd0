/** What is taken for an e-mail address. */

const form =
  /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;

/** As browsers judge it (HTML, "valid e-mail address"), 254 characters at most: one line, one address, nothing quoted. */
export const isEmailAddress = (text: string): boolean => text.length <= 254 && form.test(text);
