<?php
/**
 * What becomes of the SEO fields of a payload.
 *
 * @package IGNY8
 */

/**
 * Tells what visitors will get of title, description and canonical address, and what is to be said of it before a
 * publish.
 */
class IGNY8_Seo_Outcome {

	/**
	 * SEO part of the payload.
	 *
	 * @var array<string,mixed>
	 */
	private $seo;

	/**
	 * Kind, post or term.
	 *
	 * @var string
	 */
	private $kind;

	/**
	 * Active plugin that we write to, or none.
	 *
	 * @var string
	 */
	private $plugin;

	/**
	 * Takes the fields.
	 *
	 * @param array<string,mixed> $seo  SEO part of the payload.
	 * @param string              $kind Kind, post or term.
	 */
	public function __construct( $seo, $kind ) {
		$this->seo    = $seo;
		$this->kind   = $kind;
		$this->plugin = IGNY8_Seo::active();
	}

	/**
	 * What visitors get.
	 *
	 * @param int $term_id Term, when it is one.
	 * @return array<string,string|null> By field; null where it is not ours, or cannot be told.
	 */
	public function served( $term_id = 0 ) {
		$served = array();
		foreach ( array_keys( IGNY8_Seo::OWN ) as $field ) {
			$text             = $this->seo[ $field ];
			$served[ $field ] = '' === $text || '' !== $this->hidden_by( $field ) ? null : IGNY8_Seo_Text::served( $this->plugin, $field, $text, $this->kind );
		}
		if ( 'rankmath' === $this->plugin && 0 !== $term_id && 0 === (int) get_term( $term_id )->count ) {
			// It keeps terms without posts from search engines, and prints no canonical address then.
			$served['canonical'] = null;
		}
		return $served;
	}

	/**
	 * What is to be told before a publish.
	 *
	 * @return array<int,array<string,string>> Each with code, field and message, and a cure when it stands in the way.
	 */
	public function findings() {
		$filled   = array_filter( array_intersect_key( $this->seo, IGNY8_Seo::OWN ), 'strlen' );
		$hidden   = array();
		$findings = array();
		foreach ( $filled as $field => $text ) {
			$hider = $this->hidden_by( $field );
			if ( '' !== $hider ) {
				$hidden[ $hider ][] = $field;
			} elseif ( ! IGNY8_Seo::plugin()['configured'] ) {
				return array( $this->not_set_up() );
			} else {
				$findings[] = 'canonical' === $field ? $this->of_address( $text ) : $this->of_text( $field, $text );
			}
		}
		foreach ( $hidden as $hider => $fields ) {
			$findings[] = $this->hidden_finding( $hider, $fields );
		}
		$findings[] = $this->of_keywords();
		return array_values( array_filter( $findings ) );
	}

	/**
	 * A plugin that would hold the fields and print nothing.
	 *
	 * @return array<string,string>
	 */
	private function not_set_up() {
		$texts = array(
			'rankmath' => array(
				__( 'Rank Math keeps SEO titles and descriptions but shows none of them until its set-up is finished.', 'igny8' ),
				__( 'Open Rank Math in WordPress and connect your account or skip that step, or deactivate it.', 'igny8' ),
			),
			'seopress' => array(
				__( 'SEOPress keeps SEO titles and descriptions but shows none of them while its feature “Titles & Metas” is off.', 'igny8' ),
				__( 'Open SEOPress in WordPress and switch “Titles & Metas” on, or deactivate it.', 'igny8' ),
			),
			'aioseo'   => array(
				__( 'All in One SEO has not made its database tables yet, or is too old to be written to.', 'igny8' ),
				__( 'Open wp-admin once, so that it makes its tables, or update All in One SEO.', 'igny8' ),
			),
		);
		return array(
			'code'    => 'SEO_PLUGIN_NOT_SET_UP',
			'field'   => 'seo',
			'message' => $texts[ $this->plugin ][0],
			'cure'    => $texts[ $this->plugin ][1],
		);
	}

	/**
	 * Who keeps a field from visitors.
	 *
	 * @param string $field Field.
	 * @return string A name, or empty when nobody does.
	 */
	private function hidden_by( $field ) {
		if ( 'aioseo' === $this->plugin && 'term' === $this->kind ) {
			return 'All in One SEO';
		}
		if ( 'none' !== $this->plugin ) {
			return '';
		}
		$other = IGNY8_Other_Seo::name( $field );
		return '' !== $other || IGNY8_Settings::get()['seo_meta_tags'] ? $other : 'IGNY8';
	}

	/**
	 * Fields that visitors will not get.
	 *
	 * @param string   $hider  Who keeps them from visitors.
	 * @param string[] $fields Fields.
	 * @return array<string,string>
	 */
	private function hidden_finding( $hider, $fields ) {
		$names = implode( ', ', array_intersect_key( self::names(), array_flip( $fields ) ) );
		if ( 'All in One SEO' === $hider && 'term' === $this->kind ) {
			$message = __( 'All in One SEO shows titles and descriptions of terms only in its paid version: they are kept, but visitors see its own.', 'igny8' );
		} elseif ( 'IGNY8' === $hider ) {
			/* translators: %s: list of fields. */
			$message = sprintf( __( 'This site has no SEO plugin, and IGNY8 is not to print meta tags here: %s cannot be set. Allow it in Settings, IGNY8.', 'igny8' ), $names );
		} else {
			/* translators: 1: SEO plugin or theme, 2: list of fields. */
			$message = sprintf( __( '%1$s prints the meta tags of this site, and IGNY8 cannot write to it: visitors do not get %2$s from here. Set that there.', 'igny8' ), $hider, $names );
		}
		return array(
			'code'    => 'SEO_NOT_SHOWN',
			'field'   => 'seo',
			'message' => $message,
		);
	}

	/**
	 * A title or description that the plugin changes.
	 *
	 * @param string $field Field.
	 * @param string $text  Text.
	 * @return array<string,string>|null
	 */
	private function of_text( $field, $text ) {
		$name   = self::names()[ $field ];
		$plugin = $this->plugin_name();
		$owner  = IGNY8_Seo_Variables::owner( $text, $this->plugin );
		if ( '' !== $owner ) {
			$message = $owner === $this->plugin
				/* translators: 1: field, 2: SEO plugin, 3: template. */
				? sprintf( __( 'The %1$s is a template: visitors get what %2$s makes of “%3$s”.', 'igny8' ), $name, $plugin, $text )
				/* translators: 1: field, 2: variables, 3: SEO plugin they belong to. */
				: sprintf( __( 'The %1$s “%2$s” is a template of %3$s, which does not print this page: it is not used. Write it out to set it.', 'igny8' ), $name, $text, IGNY8_Seo_Variables::name( $owner ) );
			return $this->finding( 'SEO_TEMPLATE', $field, $message );
		}
		$served = (string) IGNY8_Seo_Text::served( $this->plugin, $field, $text, $this->kind );
		if ( '' === $served ) {
			/* translators: 1: SEO plugin, 2: field, 3: text. */
			$message = sprintf( __( '%1$s keeps nothing of the %2$s “%3$s”.', 'igny8' ), $plugin, $name, $text );
			return $this->finding( 'SEO_TEXT_LOST', $field, $message, __( 'Write it without the signs <, [ and &.', 'igny8' ) );
		}
		if ( IGNY8_Seo_Text::collapse_whitespace( $text ) === $served ) {
			return null;
		}
		/* translators: 1: SEO plugin, 2: field, 3: text as sent, 4: text that visitors get. */
		$message = sprintf( __( '%1$s changes the %2$s “%3$s”: visitors get “%4$s”.', 'igny8' ), $plugin, $name, $text, $served );
		return $this->finding( 'SEO_TEXT_CHANGED', $field, $message );
	}

	/**
	 * A canonical address that the plugin changes.
	 *
	 * @param string $address Address.
	 * @return array<string,string>|null
	 */
	private function of_address( $address ) {
		$served = (string) IGNY8_Seo_Text::served( $this->plugin, 'canonical', $address, $this->kind );
		if ( '' === $served ) {
			/* translators: 1: SEO plugin, 2: address. */
			$message = sprintf( __( '%1$s does not take the canonical address “%2$s”.', 'igny8' ), $this->plugin_name(), $address );
			return $this->finding( 'SEO_TEXT_LOST', 'canonical', $message, __( 'Write a whole address, with https:// before it.', 'igny8' ) );
		}
		if ( IGNY8_Seo_Text::is_same_address( $address, $served ) ) {
			return null;
		}
		/* translators: 1: SEO plugin, 2: address as sent, 3: address that visitors get. */
		$message = sprintf( __( '%1$s changes the canonical address “%2$s”: visitors get “%3$s”.', 'igny8' ), $this->plugin_name(), $address, $served );
		return $this->finding( 'SEO_TEXT_CHANGED', 'canonical', $message );
	}

	/**
	 * The first focus keyword that the plugin changes.
	 *
	 * @return array<string,string>|null
	 */
	private function of_keywords() {
		if ( 'yoast' !== $this->plugin || array() === $this->seo['focus_keywords'] ) {
			return null;
		}
		$count = defined( 'WPSEO_PREMIUM_VERSION' ) && 'post' === $this->kind ? count( $this->seo['focus_keywords'] ) : 1;
		foreach ( array_slice( $this->seo['focus_keywords'], 0, $count ) as $sent ) {
			$stored = (string) IGNY8_Seo_Text::stored( $this->plugin, 'focus', $sent, $this->kind );
			if ( IGNY8_Seo_Text::collapse_whitespace( $sent ) !== IGNY8_Seo_Text::decode( $stored ) ) {
				/* translators: 1: keyword as sent, 2: keyword as stored. */
				$message = sprintf( __( 'Yoast SEO changes the focus keyword “%1$s” to “%2$s”.', 'igny8' ), $sent, $stored );
				return $this->finding( 'SEO_TEXT_CHANGED', 'focus_keywords', $message );
			}
		}
		return null;
	}

	/**
	 * One finding.
	 *
	 * @param string $code    Code.
	 * @param string $field   Field of the SEO part.
	 * @param string $message Sentence.
	 * @param string $cure    What to do, when it stands in the way.
	 * @return array<string,string>
	 */
	private function finding( $code, $field, $message, $cure = '' ) {
		return array_filter(
			array(
				'code'    => $code,
				'field'   => 'seo.' . $field,
				'message' => $message,
				'cure'    => $cure,
			)
		);
	}

	/**
	 * Who prints the head.
	 *
	 * @return string
	 */
	private function plugin_name() {
		return isset( IGNY8_Seo_Variables::NAMES[ $this->plugin ] ) ? IGNY8_Seo_Variables::NAMES[ $this->plugin ] : 'WordPress';
	}

	/**
	 * Names of the fields.
	 *
	 * @return array<string,string>
	 */
	private static function names() {
		return array(
			'title'       => __( 'SEO title', 'igny8' ),
			'description' => __( 'meta description', 'igny8' ),
			'canonical'   => __( 'canonical address', 'igny8' ),
		);
	}
}
