/** The page at / until there is a web client: where to look. */

export const homePage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Haggle</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.6 system-ui, sans-serif; }
  body { max-width: 34rem; margin: 18vh auto 0; padding: 0 1.5rem; }
  h1 { font-size: 1.5rem; margin: 0; letter-spacing: -0.01em; }
  p { margin: 0.25rem 0 2rem; opacity: 0.7; }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.5rem 1.5rem; margin: 0; }
  dt a { font: 0.9375rem ui-monospace, monospace; color: inherit; }
  dd { margin: 0; opacity: 0.7; }
</style>
<h1>Haggle</h1>
<p>A GraphQL API for live bidding.</p>
<dl>
  <dt><a href="/graphql">/graphql</a></dt><dd>GraphiQL: try it, with example operations in its tabs</dd>
  <dt><a href="/health/ready">/health/ready</a></dt><dd>whether this process can serve</dd>
  <dt><a href="/health/live">/health/live</a></dt><dd>whether it is alive</dd>
  <dt><a href="/metrics">/metrics</a></dt><dd>what it does, for Prometheus</dd>
</dl>
</html>
`;
