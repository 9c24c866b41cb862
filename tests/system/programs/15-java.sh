# needs: openjdk-21-jdk-headless
cat >All.java <<'X'
import java.util.ArrayList;

public class All {
    static String text;

    static int hot(int[] a, int n) {
        int sum = 0;
        for (int i = 0; i < n; i++) sum += a[i & 1023] * 31 + i;
        return sum;
    }

    /** Null checks by signal, once compiled. */
    static int nulls() {
        int caught = 0;
        for (int i = 0; i < 200000; i++) {
            text = i % 1000 == 0 ? null : "x";
            try { text.length(); } catch (NullPointerException e) { caught++; }
        }
        return caught;
    }

    static int deep(int n) { return 1 + deep(n + 1); }

    public static void main(String[] args) throws Exception {
        int[] a = new int[1024];
        for (int i = 0; i < 1024; i++) a[i] = i;
        long sum = 0;
        for (int k = 0; k < 100; k++) sum += hot(a, 100000);
        System.out.println("hot " + sum + ", nulls " + nulls());
        try { deep(0); } catch (StackOverflowError e) { System.out.println("overflow"); }
        var threads = new ArrayList<Thread>();
        for (int t = 0; t < 4; t++) threads.add(new Thread(() -> {
            var kept = new ArrayList<byte[]>();
            for (int i = 0; i < 20000; i++) { kept.add(new byte[1000]); if (kept.size() > 1000) kept.clear(); }
        }));
        for (Thread thread : threads) thread.start();
        for (Thread thread : threads) thread.join();
        System.out.println(System.getProperty("os.arch"));
        Thread.sleep(args.length > 0 ? 60000 : 0);
    }
}
X
javac All.java && java -Xmx128m All
java -Xmx128m All wait >waiting &
for _ in $(seq 300); do grep -q riscv64 waiting && break; sleep 0.2; done
jstack $! | grep -c '"main"'
kill $!
