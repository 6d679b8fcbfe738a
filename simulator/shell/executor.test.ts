import { describe, expect, it } from "vitest";
import { processTableOf } from "./node-process.ts";
import { createFakeLab } from "./testing/fake-lab.ts";
import { runShell } from "./testing/run-shell.ts";

/** Command lines with what GNU bash 5.2 prints for them on standard output. */
const TABLE: [string, string][] = [
  ["echo hello", "hello\n"],
  ["echo 'a b'  c", "a b c\n"],
  ["x='a b'; echo $x; echo \"$x\"", "a b\na b\n"],
  ["x=1; x+=2; echo $x", "12\n"],
  ["for i in 1 2 3; do echo $i; done", "1\n2\n3\n"],
  ["for ((i=0;i<3;i++)); do echo -n $i; done; echo", "012\n"],
  ["i=0; while [ $i -lt 3 ]; do i=$((i+1)); echo $i; done", "1\n2\n3\n"],
  ["i=3; until ((i==0)); do echo $i; ((i--)); done", "3\n2\n1\n"],
  ["if false; then echo a; elif true; then echo b; else echo c; fi", "b\n"],
  ["case abc in a*) echo yes;; *) echo no;; esac", "yes\n"],
  ["case x in x) echo 1;;& y) echo 2;; *) echo 3;; esac", "1\n3\n"],
  ["case x in x) echo 1;& y) echo 2;; *) echo 3;; esac", "1\n2\n"],
  ["true && echo a || echo b", "a\n"],
  ["false && echo a || echo b", "b\n"],
  ["! true; echo $?", "1\n"],
  ["(x=2; echo $x); echo ${x:-none}", "2\nnone\n"],
  ["{ echo a; echo b; } | cat", "a\nb\n"],
  ["echo a | cat | cat", "a\n"],
  ['f() { echo "$1-$#"; return 3; }; f x y; echo $?', "x-2\n3\n"],
  ["f() { local v=1; g; }; g() { echo $v; }; v=0; f; echo $v", "1\n0\n"],
  [
    'a=(1 2 \'three 3\'); echo ${#a[@]} ${a[2]}; for x in "${a[@]}"; do echo "<$x>"; done',
    "3 three 3\n<1>\n<2>\n<three 3>\n",
  ],
  ["a=([3]=x [5]=y); echo ${!a[@]} ${a[-1]}", "3 5 y\n"],
  ["declare -A m=([k]=v [k2]='v 2'); echo \"${m[k2]}\" ${#m[@]}", "v 2 2\n"],
  ['declare -A m; m[a b]=1; for k in "${!m[@]}"; do echo "$k"; done', "a b\n"],
  ["a=(1 2); a+=(3); echo ${a[*]}", "1 2 3\n"],
  ["a=(a b c d); echo ${a[@]:1:2}", "b c\n"],
  ["x=hello; echo ${x:1:3} ${x: -2} ${#x}", "ell lo 5\n"],
  ["x=/a/b/c.txt; echo ${x##*/} ${x%/*} ${x%.txt} ${x#/}", "c.txt /a/b /a/b/c a/b/c.txt\n"],
  ["x=aXbXc; echo ${x/X/-} ${x//X/-} ${x/#a/A} ${x/%c/C}", "a-bXc a-b-c AXbXc aXbXC\n"],
  ["x=abc; echo ${x^} ${x^^} ${x,,}", "Abc ABC abc\n"],
  ["echo ${u:-d} ${u-d} ${u:=s} $u ${u:+alt}", "d d s s alt\n"],
  ["x=y; y=z; echo ${!x}", "z\n"],
  ["ab1=1; ab2=2; echo ${!ab*}", "ab1 ab2\n"],
  ['x="it\'s"; echo ${x@Q}', "'it'\\''s'\n"],
  ["echo $((1+2*3)) $((2**10)) $((7/2)) $((-7%3)) $((0x1f)) $((8#17)) $((1<<4))", "7 1024 3 -1 31 15 16\n"],
  ["x=5; echo $((x++)) $x $((++x)) $((x>3?1:0)) $((x=9,x+1))", "5 6 7 1 10\n"],
  ["x='1+2'; echo $((x*2)) $(($x*2))", "6 5\n"],
  ["a=(5 6); echo $((a[0]+a[1])) $((a[0]++)) ${a[0]}", "11 5 6\n"],
  ["echo $(echo a; echo b)", "a b\n"],
  ["echo \"$(printf 'a\\n\\nb\\n\\n')\"", "a\n\nb\n"],
  ["echo `echo back`", "back\n"],
  ["echo {a,b}{1..3} {01..03} {c..a} x{,y}", "a1 a2 a3 b1 b2 b3 01 02 03 c b a x xy\n"],
  ["echo ~ ~root ~/x", "/root /root /root/x\n"],
  ['IFS=:; x=a:b::c; for i in $x; do echo "[$i]"; done', "[a]\n[b]\n[]\n[c]\n"],
  [
    'set -- \'a b\' c; for i in "$@"; do echo "<$i>"; done; for i in $*; do echo "<$i>"; done',
    "<a b>\n<c>\n<a>\n<b>\n<c>\n",
  ],
  ['set -- a b c; IFS=-; echo "$*"; shift; echo $1 $#', "a-b-c\nb 2\n"],
  ['set --; for i in "$@"; do echo never; done; echo done', "done\n"],
  ["printf '%s-%d|' a 1 b 2; echo", "a-1|b-2|\n"],
  ["printf '%5s|%-5s|%05d|%x|%.2f\\n' a b 42 255 3.14159", "    a|b    |00042|ff|3.14\n"],
  ["printf '%q\\n' \"a b'c\"", "a\\ b\\'c\n"],
  ["printf -v x '%03d' 7; echo $x", "007\n"],
  ["echo -e 'a\\tb\\n\\x41'; echo -n z; echo", "a\tb\nA\nz\n"],
  ["cat <<E\n$((1+1)) $(echo x) \\$y\nE", "2 x $y\n"],
  ["cat <<'E'\n$x `y`\nE", "$x `y`\n"],
  ["cat <<-E\n\ta\n\t\tb\n\tE", "a\nb\n"],
  ['cat <<< "a  b"', "a  b\n"],
  ["echo out > f; echo more >> f; cat f; cat < f", "out\nmore\nout\nmore\n"],
  ["{ echo o; echo e >&2; } 2>&1 | cat", "o\ne\n"],
  ["{ echo o; echo e >&2; } &> f; cat f", "o\ne\n"],
  ["ls_() { echo e >&2; }; ls_ 2>/dev/null; echo $?", "0\n"],
  ["exec 3> f; echo x >&3; exec 3>&-; cat f", "x\n"],
  ["while read -r a b; do echo \"$b-$a\"; done <<< $'1 2 3\\n4 5'", "2 3-1\n5-4\n"],
  ["printf 'a b\\nc d\\n' > f; while read x; do echo \"[$x]\"; done < f", "[a b]\n[c d]\n"],
  ["echo x | while read v; do y=$v; done; echo ${y:-unset}", "unset\n"],
  ["read -r -a w <<< 'p q r'; echo ${#w[@]} ${w[1]}", "3 q\n"],
  ["IFS=, read a b <<< '1,2,3'; echo \"$a|$b\"", "1|2,3\n"],
  ["[[ abc == a*c && 3 -gt 2 ]] && echo yes", "yes\n"],
  ["[[ abc =~ ^a(b)(.)$ ]] && echo ${BASH_REMATCH[1]}${BASH_REMATCH[2]}", "bc\n"],
  ["[[ -z '' && -n x && ! -e /nope ]] && echo ok", "ok\n"],
  [
    "x='a b'; [[ $x = 'a b' ]] && echo same; [[ $x == a* ]] && echo glob; [[ $x == 'a*' ]] || echo literal",
    "same\nglob\nliteral\n",
  ],
  ["test -d /root && [ -f /etc/hosts ] && [ ! -f /root ] && echo ok", "ok\n"],
  [
    'touch_() { : > "$1"; }; touch_ b.c; touch_ a.c; touch_ x.h; echo *.c; echo [ab].?; echo *.zip',
    "a.c b.c\na.c b.c\n*.zip\n",
  ],
  ["f='a*'; : > abc; echo $f \"$f\"", "abc a*\n"],
  ["echo \"${x:-a b}\" ${x:-'c  d'}", "a b c  d\n"],
  ["for i in 1 2 3; do [ $i = 2 ] && continue; echo $i; done", "1\n3\n"],
  ["for i in 1 2; do for j in 1 2; do break 2; done; echo no; done; echo end", "end\n"],
  ["while true; do break; done; echo $?", "0\n"],
  ["false | true; echo $? ${PIPESTATUS[0]}", "0 1\n"],
  ["set -o pipefail; false | true; echo $?", "1\n"],
  ["(exit 7); echo $?", "7\n"],
  ["(set -e; false; echo no); echo $?", "1\n"],
  ["(set -e; if false; then :; fi; false || true; ! true; echo reached); echo $?", "reached\n0\n"],
  ["trap 'echo bye' EXIT; echo hi", "hi\nbye\n"],
  ["trap 'echo got' USR1; kill -USR1 $$; echo after", "got\nafter\n"],
  ["f() { return; }; false; f; echo $?", "1\n"],
  ["x=$(false); echo $?", "1\n"],
  ["x=1 y=2; echo $x$y", "12\n"],
  ["x=1; x=2 eval 'echo $x'; echo $x", "2\n1\n"],
  ["eval 'for i in 1 2; do echo $i; done'", "1\n2\n"],
  ["getopts ab: o -b val; echo $o $OPTARG $OPTIND", "b val 3\n"],
  ["while getopts 'xy:' o -x -y 5 rest; do echo \"$o ${OPTARG:-}\"; done", "x \ny 5\n"],
  ["echo 'echo $1 $0' > s.sh; source ./s.sh arg", "arg bash\n"],
  [
    "printf '#!/bin/bash\\necho \"$0 $# $1\"; exit 4\\n' > s.sh; chmod_() { :; }; bash s.sh q; echo $?",
    "s.sh 1 q\n4\n",
  ],
  ["bash -c 'echo $0 $1' a b", "a b\n"],
  ["echo 'echo in; echo second' | bash", "in\nsecond\n"],
  ["export V=1; bash -c 'echo $V'; W=2 bash -c 'echo $W'; echo ${W:-no}", "1\n2\nno\n"],
  ["unset -v x; x=1; unset x; echo ${x-unset}", "unset\n"],
  ["readonly r=1; (r=2) 2>/dev/null; echo $r", "1\n"],
  ["declare -i n=2+3; n+=1; echo $n", "6\n"],
  ["let a=3*4; echo $a", "12\n"],
  ["type -t cd; type -t cat; type -t if; f() { :; }; type -t f", "builtin\nfile\nkeyword\nfunction\n"],
  ["command -v cat; command -v cd", "/usr/bin/cat\ncd\n"],
  ["cd /etc; pwd; cd - ; cd; pwd", "/etc\n/root\n/root\n"],
  ["echo a; exit 3; echo b", "a\n"],
  ["wait; sleep 1 & wait $!; echo $?", "0\n"],
  ["(sleep 2; echo late) & echo early; wait; echo end", "early\nlate\nend\n"],
  ["cat <(echo one) <(echo two)", "one\ntwo\n"],
  ["while read l; do echo \"<$l>\"; done < <(printf 'a\\nb\\n')", "<a>\n<b>\n"],
  ["yes | head -n 2", "y\ny\n"],
  ["mapfile -t L < <(printf 'x\\ny\\n'); echo ${#L[@]} ${L[1]}", "2 y\n"],
  ["declare -n ref=target; target=5; echo $ref; ref=6; echo $target", "5\n6\n"],
  ['echo "a\\"b\\$c\\\\"', 'a"b$c\\\n'],
  ["echo a\\\nb", "ab\n"],
  ["echo $'tab\\there'", "tab\there\n"],
  ['x=; echo "[${x:-e}][${x-e}]"', "[e][]\n"],
  ["echo ${#}; set -- 1 2; echo ${#} ${@: -1} ${!#}", "0\n2 2 2\n"],
  ["time_() { :; }; shopt -s nullglob; echo *.none; shopt -u nullglob", "\n"],
  ["printf '%s\\n' \"${a[@]}\"", "\n"],
  ["echo $(( (1+2) * 3 )) $(( 5 & 3 | 8 )) $(( !0 )) $(( ~0 ))", "9 9 1 -1\n"],
  ["echo one two three | { read a rest; echo $rest; }", "two three\n"],
  ["f() { f2; }; f2() { echo ${FUNCNAME[0]} ${FUNCNAME[1]}; }; f", "f2 f\n"],
  ["n=0; f() { n=$((n+1)); [ $n -lt 300 ] && f; }; f; echo $n", "300\n"],
];

describe("the shell", () => {
  for (const [source, expected] of TABLE) {
    it(`prints what bash prints for: ${source.replaceAll("\n", "⏎")}`, async () => {
      const ran = await runShell(source);
      expect(ran.stdout).toBe(expected);
    });
  }

  it.each([
    ["foo", "bash: line 1: foo: command not found\n", 127],
    ["cat /nope", "cat: /nope: No such file or directory\n", 1],
    ["echo x > /nope/f", "bash: line 1: /nope/f: No such file or directory\n", 1],
    ["cd /nope", "bash: line 1: cd: /nope: No such file or directory\n", 1],
    ["./nope", "bash: line 1: ./nope: No such file or directory\n", 127],
    ["/etc", "bash: line 1: /etc: Is a directory\n", 126],
    ["echo $((1/0))", 'bash: line 1: 1/0: division by 0 (error token is "0")\n', 1],
    ["set -u; echo $nope", "bash: line 1: nope: unbound variable\n", 127],
    ["echo ${x?gone}", "bash: line 1: x: gone\n", 127],
    ["readonly r=1; r=2", "bash: line 1: r: readonly variable\n", 1],
    ["[ 1 -eq a ]", "bash: line 1: [: a: integer expression expected\n", 2],
    ["fi", "bash: -c: line 1: syntax error near unexpected token `fi'\nbash: -c: line 1: `fi'\n", 2],
    ["echo 'abc", "bash: -c: line 1: unexpected EOF while looking for matching `''\n", 2],
    ["if true; then", "bash: -c: line 2: syntax error: unexpected end of file\n", 2],
    ["set -x; echo 'a b' $((1+1))", "+ echo 'a b' 2\n", 0],
    ["kill -TERM $$", "", 143],
  ])("complains as bash does about: %s", async (source, stderr, status) => {
    const ran = await runShell(source);
    expect(ran.stderr).toBe(stderr);
    expect(ran.status).toBe(status);
  });

  it("gives up a doubling variable with a clear message instead of filling memory", async () => {
    const ran = await runShell("x=0123456789; while true; do x=$x$x || exit 9; done; echo ${#x}");
    expect(ran.stderr).toContain("expansion of more than 2 MiB in this simulated shell");
    const doubled = "x=0123456789; while [ ${#x} -lt 1000000 ]; do x=$x$x; done";
    const many = await runShell(`${doubled}; while declare "v$((++i))=$x"; do :; done; echo $i`);
    expect(many.stderr).toContain("variables of this simulated shell may hold 16 MiB");
  });

  it("ends a fork bomb by refusing processes", async () => {
    const lab = createFakeLab();
    lab.runFast();
    // With the node's own limit the same takes the time of a hundred thousand forks (fork-bomb.test.ts sees it refused).
    processTableOf(lab.port, "pve1").processesMax = 40;
    const ran = await runShell("b() { b | b; }; b 2>&1 | head -n 1; echo alive", { lab });
    expect(ran.stdout).toMatch(/Resource temporarily unavailable\nalive\n$/);
  });

  it("refuses endless recursion", async () => {
    const ran = await runShell("f() { f; }; f");
    expect(ran.stderr).toContain("maximum function nesting level exceeded (1000)");
  });
});
