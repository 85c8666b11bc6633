import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.Set;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/**
 * Reads lines "2b TAB path" or "2u TAB path" from standard input and answers each with one line:
 * "PASS TAB path TAB number of checks", or "FAIL TAB path TAB rules that were broken".
 */
public class VeraCheck {
    private static final int MOST = 20;

    public static void main(String[] arguments) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] parts = line.split("\t", 2);
            out.println(judge(PDFAFlavour.fromString(parts[0]), parts[1]));
        }
    }

    private static String judge(PDFAFlavour flavour, String path) {
        try (PDFAParser parser = Foundries.defaultInstance().createParser(new File(path), flavour);
                PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false)) {
            ValidationResult result = validator.validate(parser);
            if (result.isCompliant()) {
                return "PASS\t" + path + "\t" + result.getTotalAssertions();
            }
            return "FAIL\t" + path + "\t" + String.join("; ", faults(result));
        } catch (Exception problem) {
            return "FAIL\t" + path + "\t" + problem;
        }
    }

    private static Set<String> faults(ValidationResult result) {
        Set<String> seen = new LinkedHashSet<>();
        for (TestAssertion one : result.getTestAssertions()) {
            if (one.getStatus() == TestAssertion.Status.FAILED && seen.size() < MOST) {
                seen.add(one.getRuleId().getClause() + "-" + one.getRuleId().getTestNumber() + " "
                        + one.getMessage().replaceAll("\\s+", " "));
            }
        }
        return seen;
    }
}
