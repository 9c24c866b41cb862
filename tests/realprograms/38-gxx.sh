# g++: templates, exceptions, iostreams, threads, the standard library.
cat > m.cc <<'END'
#include <iostream>
#include <map>
#include <vector>
#include <algorithm>
#include <thread>
#include <atomic>
#include <mutex>
#include <future>
#include <regex>
#include <sstream>
#include <iomanip>
#include <memory>
#include <numeric>
#include <stdexcept>
struct B { virtual ~B() = default; virtual int f() const = 0; }; struct D : B { int f() const override { return 7; } };
int thrower(int n) { struct G { int n; ~G() { std::cout << "unwind " << n << '\n'; } } g{n}; if (n == 0) throw std::runtime_error("bottom"); return thrower(n - 1); }
int main() { std::map<std::string, int> m; std::istringstream in("a b a c b a"); for (std::string w; in >> w;) m[w]++; for (auto &[k, v] : m) std::cout << k << '=' << v << ' ';
  std::vector<double> v(1000); std::iota(v.begin(), v.end(), 0.5); std::cout << std::setprecision(15) << std::accumulate(v.begin(), v.end(), 0.0) << '\n'; try { thrower(3); } catch (const std::exception &e) { std::cout << e.what() << '\n'; }
  std::atomic<long> n{0}; std::mutex mu; long l = 0; std::vector<std::thread> t; for (int i = 0; i < 4; i++) t.emplace_back([&] { for (int k = 0; k < 20000; k++) { n++; if (k % 100 == 0) { std::lock_guard g(mu); l++; } } }); for (auto &x : t) x.join(); std::cout << n << ' ' << l << '\n';
  std::unique_ptr<B> b = std::make_unique<D>(); std::cout << b->f() << ' ' << (dynamic_cast<D *>(b.get()) != nullptr) << ' ' << std::async(std::launch::async, [] { return 42; }).get() << '\n'; std::smatch s; std::string str = "key: value"; if (std::regex_search(str, s, std::regex("(\\w+): (\\w+)"))) std::cout << s[2] << '\n';
  thread_local int tl = 5; std::thread([&] { tl = 6; }).join(); std::cout << tl << ' ' << std::hex << 255 << ' ' << std::scientific << 1.0 / 3 << '\n'; }
END
g++ -O2 -std=c++20 -pthread m.cc -o p && ./p; echo $?
