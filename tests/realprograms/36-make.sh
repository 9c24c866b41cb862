# make: rules, patterns, functions, parallel jobs, includes, errors.
cat > Makefile <<'END'
SRC := $(sort $(wildcard *.in))
OUT := $(SRC:.in=.out)
all: $(OUT) sum
%.out: %.in
	@echo "make $@ from $<"
	@tr a-z A-Z < $< > $@
sum: $(OUT)
	@cat $^ | cksum > $@
	@echo $(words $(OUT)) outputs, $(subst .out,,$(firstword $(OUT))), $(shell echo shell) $(if $(DEBUG),debug,release)
define greet
hello-$(1):
	@echo hello $(1)
endef
$(foreach n,a b,$(eval $(call greet,$(n))))
.PHONY: all clean fail par
clean: ; rm -f $(OUT) sum
fail:
	@echo before; false
	@echo after
par: p1 p2 p3
p%: ; @sleep 0.0$*; echo done $*
END
for i in one two three; do echo "text $i" > $i.in; done
touch -d 2001-01-01 *.in; make; make; touch -d 2002-01-01 *.out sum; touch -d 2003-01-01 two.in; make; cat sum two.out; make hello-a hello-b; make -n clean; make clean; make fail; echo $?; make -k nosuch; echo $?; make -j3 par | sort; make DEBUG=1 sum; make -p -n 2>/dev/null | grep -c '^OUT'; make -f /dev/null; echo $?
