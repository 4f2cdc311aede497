// Clients of Curator's InterProcessMutex in closed loops, as threads of one program with one session; it prints how often each had its lock.
// Arguments: the servers, how many clients, `one` lock or `each` its own, milliseconds before it counts and while it counts.

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.retry.RetryOneTime;

public final class Curator {
  public static void main(String[] arguments) throws Exception {
    int clients = Integer.parseInt(arguments[1]);
    boolean isOne = arguments[2].equals("one");
    CuratorFramework session = CuratorFrameworkFactory.newClient(arguments[0], 10_000, 10_000, new RetryOneTime(100));
    session.start();
    session.blockUntilConnected();
    long opens = System.nanoTime() + Long.parseLong(arguments[3]) * 1_000_000;
    long closes = opens + Long.parseLong(arguments[4]) * 1_000_000;
    int[] counts = new int[clients];
    List<Thread> threads = new ArrayList<>();
    for (int client = 0; client < clients; client++) {
      int own = client;
      InterProcessMutex mutex = new InterProcessMutex(session, "/locks/" + (isOne ? "lock" : "lock-" + own));
      Thread thread = new Thread(() -> counts[own] = loop(mutex, opens, closes));
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) thread.join();
    List<Integer> list = java.util.Arrays.stream(counts).boxed().collect(Collectors.toList());
    System.out.println(list);
    System.exit(0);
  }

  private static int loop(InterProcessMutex mutex, long opens, long closes) {
    int had = 0;
    while (System.nanoTime() < closes) {
      try {
        mutex.acquire();
        mutex.release();
      } catch (Exception error) {
        throw new RuntimeException(error);
      }
      long now = System.nanoTime();
      if (now >= opens && now < closes) had++;
    }
    return had;
  }
}
