import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compileChapter } from "./compile-chapter.ts";
import { ContentError } from "./content-error.ts";

const ids = { steps: [{ id: "create", checks: [{ id: "named" }, { id: "quorate" }] }] };
const good = `## Why a cluster

Your cluster is {cluster}. One node has \`a_b\`.

<Step id="create">

Do it.

<Run on="pve1">pvecm create {cluster} # a_b *c*</Run>

\`\`\`console
root@pve1:~# pvecm status
\`\`\`

<Hint level="1">Look **here**.</Hint>

<Check id="named" />
<Check id="quorate" />

</Step>
`;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "quorate-content-"));
  await mkdir(join(folder, "cache"));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function compile(source: string) {
  const file = join(folder, "text.en.mdx");
  await writeFile(file, source);
  const nodes = ["pve1", "pve2"];
  return compileChapter({ file, ids, nodes, values: ["cluster"], cacheDirectory: join(folder, "cache") });
}

async function mistake(source: string): Promise<string> {
  const error = await compile(source).then(
    () => expect.fail("the chapter compiled"),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ContentError);
  return (error as ContentError).message.replace(`${folder}/`, "");
}

describe("a chapter's text", () => {
  it("gives its outline: sections, steps and hints in reading order", async () => {
    const { outline } = await compile(good);
    expect(outline.sections).toEqual([{ id: "why-a-cluster", title: "Why a cluster" }]);
    expect(outline.steps).toEqual(["create"]);
    expect(outline.hints).toEqual(["create/hint-1"]);
    expect(outline.words).toBeGreaterThan(5);
  });

  it("keeps a folded page apart: its words are not the chapter's, and a search finds it", async () => {
    const before = (await compile(good)).outline.words;
    const { outline, passages } = await compile(
      `${good}\n\n<Page id="raft" title="Raft">\n\nfive words about a leader\n\n</Page>\n`,
    );
    expect(outline.words).toBe(before);
    expect(outline.pages).toEqual([{ id: "raft", title: "Raft", words: 5 }]);
    expect(passages.find(({ anchor }) => anchor === "page-raft")?.text).toBe("five words about a leader");
  });

  it("keeps a command as typed, without Markdown and with its placeholders", async () => {
    const { code } = await compile(good);
    expect(code).toContain("pvecm create {cluster} # a_b *c*");
  });

  it("is compiled once for the same source, and anew for another", async () => {
    const first = await compile(good);
    expect((await compile(good)).hash).toBe(first.hash);
    expect(await readdir(join(folder, "cache"))).toEqual([`${first.hash}.json`]);
    expect((await compile(`${good}\nMore.\n`)).hash).not.toBe(first.hash);
  });

  it("survives a torn cache file", async () => {
    const first = await compile(good);
    await writeFile(join(folder, "cache", `${first.hash}.json`), "{");
    expect((await compile(good)).code).toBe(first.code);
  });
});

describe("a mistake in a chapter's text", () => {
  it("in the syntax is told with file, line and column", async () => {
    expect(await mistake("Fine.\n\nText <Note>never closed\n")).toMatch(
      /^text\.en\.mdx:3:1: Expected a closing tag for `<Note>` \(3:6/,
    );
  });

  it("such as an unknown block is told at its place", async () => {
    expect(await mistake(good.replace("Do it.", "Do it.\n\n<Stpe />"))).toMatch(
      /^text\.en\.mdx:9:1: <Stpe> is unknown; the blocks are Step/,
    );
  });

  it("such as a step that chapter.yaml lacks is told at its place", async () => {
    expect(await mistake(good.replace('id="create"', 'id="creat"'))).toMatch(
      /^text\.en\.mdx:5:1: <Step id="creat"> is not in chapter\.yaml, which has create/,
    );
  });

  it("such as a check left out is told by name", async () => {
    expect(await mistake(good.replace('<Check id="quorate" />', ""))).toContain(
      'check quorate of step create has no <Check id="quorate" /> in the text',
    );
  });

  it("such as a node that the lab lacks is told at its place", async () => {
    expect(await mistake(good.replace('on="pve1"', 'on="pve9"'))).toMatch(
      /^text\.en\.mdx:9:1: <Run on="pve9">: .*pve1/,
    );
  });

  it("such as an unknown value is told at its place", async () => {
    expect(await mistake(good.replace("{cluster}.", "{clutser}."))).toMatch(
      /^text\.en\.mdx:3:17: \{clutser\} is not a value/,
    );
  });

  it("such as a value within backticks, which nobody would fill in, is told at its place", async () => {
    expect(await mistake(good.replace("{cluster}.", "`{cluster}`."))).toMatch(
      /^text\.en\.mdx:3:17: .*without the backticks/,
    );
    await compile(good.replace("{cluster}.", "`{clutser}`."));
  });

  it("such as a code block in an unknown language is told at its place", async () => {
    expect(await mistake(good.replace("```console", "```klingon"))).toMatch(
      /^text\.en\.mdx:11:1: code block in "klingon"/,
    );
  });

  it("such as a missing file says which", async () => {
    const file = join(folder, "nowhere.mdx");
    await expect(compileChapter({ file, ids, nodes: [], values: [], cacheDirectory: folder })).rejects.toThrow(
      /nowhere\.mdx: the chapter has no text/,
    );
  });
});

describe("a text that was compiled before", () => {
  const from = (cache: string, built: string) =>
    compileChapter({
      ...{ file: join(folder, "text.en.mdx"), ids, nodes: ["pve1", "pve2"], values: ["cluster"] },
      ...{ cacheDirectory: join(folder, cache), builtDirectory: join(folder, built) },
    });

  it("is read from the build, which is left as it is, and not compiled into the cache", async () => {
    const compiled = await compile(good);
    expect(await from("other", "cache")).toEqual(compiled);
    expect((await readdir(folder)).sort()).toEqual(["cache", "text.en.mdx"]);
  });

  it("is compiled when the build has another text, none, or a torn one", async () => {
    const compiled = await compile(good);
    const [name] = await readdir(join(folder, "cache"));
    expect(await from("from-nothing", "no-such-folder")).toEqual(compiled);
    await writeFile(join(folder, "cache", name!), '{"hash":');
    expect(await from("from-torn", "cache")).toEqual(compiled);
    await writeFile(join(folder, "text.en.mdx"), good.replace("Do it.", "Do that."));
    expect((await from("from-another", "cache")).hash).not.toBe(compiled.hash);
    expect(await readdir(join(folder, "cache"))).toEqual([name]);
  });
});

describe("questions and outputs of a text", () => {
  const question = `<Question id="q" title="Which?">

<Choice right why="because of this">One</Choice>
<Choice why="not because of that">Two</Choice>

</Question>
`;

  it("what is right and why is in the outline, and not in the code of the page", async () => {
    const { code, outline } = await compile(`${good}\n${question}`);
    expect(outline.questions).toMatchObject([{ id: "q", kind: "one", choices: [{ right: true }, { right: false }] }]);
    expect(code).not.toContain("because of");
    expect(code).not.toMatch(/right:/);
  });

  it("a question without a right choice, without an explanation or for an unknown step is refused", async () => {
    expect(await mistake(`${good}\n${question.replace(" right", "")}`)).toMatch(
      /question q has no choice that is right/,
    );
    expect(await mistake(`${good}\n${question.replace(' why="not because of that"', "")}`)).toMatch(
      /<Choice> needs why="\.\.\."/,
    );
    expect(await mistake(`${good}\n${question.replace('id="q"', 'id="q" after="nowhere"')}`)).toMatch(
      /the chapter's steps are create/,
    );
  });

  it("an output that no proof has written down is refused", async () => {
    expect(await mistake(`${good}\n<Output on="pve1" of="pvecm status" />\n`)).toMatch(/nothing is known of what pve1/);
  });
});
