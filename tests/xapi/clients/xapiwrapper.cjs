// ADL's xAPIWrapper, which lives in pages: it is given the little of a page that it asks for.
"use strict";
const { readFileSync } = require("node:fs");
const { dirname, join } = require("node:path");
const vm = require("node:vm");
const { assert, given, VERB, ACTIVITY, somebody, attempted, run } = require("./house.cjs");

globalThis.window = globalThis;
globalThis.location = new URL(given.endpoint);
globalThis.document = { createElement: () => ({ set href(url) { Object.assign(this, { protocol: new URL(url).protocol, host: new URL(url).host }); } }) };
globalThis.XMLHttpRequest = require("xhr2");
const home = dirname(require.resolve("xapiwrapper/package.json"));
vm.runInThisContext(readFileSync(join(home, "dist", "xapiwrapper.min.js"), "utf8"));
const { ADL } = globalThis;

// Its calls answer by callback: (error, request, what was answered).
function asked(call) {
  return new Promise((resolve, reject) => {
    call((wrong, request, found) => (wrong ? reject(wrong) : resolve({ request, found })));
  });
}

run(async () => {
  const learner = somebody();
  ADL.XAPIWrapper.changeConfig({
    endpoint: given.endpoint,
    user: given.key,
    password: given.secret,
    strictCallbacks: true,
  });
  const lrs = ADL.XAPIWrapper;
  const one = attempted(learner);
  const many = [attempted(learner), attempted(learner), attempted(learner)];
  await asked((callback) => lrs.sendStatement(one, callback));
  await asked((callback) => lrs.sendStatements(many, callback));

  const wanted = { ...lrs.searchParams(), agent: JSON.stringify(learner), verb: VERB, limit: "3", ascending: "true" };
  const page = (await asked((callback) => lrs.getStatements(wanted, null, callback))).found;
  const rest = (await asked((callback) => lrs.getStatements(null, page.more, callback))).found;
  const seen = [...page.statements, ...rest.statements].map((each) => each.id);
  assert.deepEqual(seen, [one.id, ...many.map((each) => each.id)]);
  assert.equal(page.statements[0].result.response, "é 漢");

  const whose = [ACTIVITY, learner, "place", null];
  await asked((callback) => lrs.sendState(...whose, { page: 3 }, null, null, callback));
  const state = (await asked((callback) => lrs.getState(...whose, null, callback))).found;
  assert.deepEqual(state, { page: 3 });
  await asked((callback) => lrs.deleteState(...whose, null, null, callback));
  const gone = await asked((callback) => lrs.getState(...whose, null, callback));
  assert.equal(gone.request.status, 404);

  await asked((callback) => lrs.sendAgentProfile(learner, "likes", { size: 1 }, null, "*", callback));
  const liked = (await asked((callback) => lrs.getAgentProfile(learner, "likes", null, callback))).found;
  assert.deepEqual(liked, { size: 1 });
  const activity = (await asked((callback) => lrs.getActivities(ACTIVITY, callback))).found;
  assert.equal(activity.id, ACTIVITY);
});
