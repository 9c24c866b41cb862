"""Integers, dictionaries, objects: what a Python program does all day."""


class Node:
    def __init__(self, key, rest):
        self.key = key
        self.rest = rest


def collatz(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


def main():
    words, chain, total = {}, None, 0
    for i in range(1, 60000):
        total += collatz(i)
        words[str(i * 7919 % 10007)] = words.get(str(i % 997), 0) + 1
        chain = Node(i, chain)
    while chain:
        total ^= chain.key
        chain = chain.rest
    print(total, sum(words.values()), sum(x * x % 7 for x in range(1000000)))


main()
